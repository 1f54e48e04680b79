/// Where a model looked: the attention of each word of an answer over the picture, as heat maps that people can see.
@NullMarked
package io.vlm4j.attention;

import org.jspecify.annotations.NullMarked;
