@NullMarked
package io.vlm4j.training;

import org.jspecify.annotations.NullMarked;
