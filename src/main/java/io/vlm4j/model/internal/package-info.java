/// The implementations behind `io.vlm4j.model`, with the native handles that higher slices work on.
/// Not exported.
@NullMarked
package io.vlm4j.model.internal;

import org.jspecify.annotations.NullMarked;
