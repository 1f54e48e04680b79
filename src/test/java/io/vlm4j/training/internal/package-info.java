@NullMarked
package io.vlm4j.training.internal;

import org.jspecify.annotations.NullMarked;
