@NullMarked
package io.vlm4j.load;

import org.jspecify.annotations.NullMarked;
