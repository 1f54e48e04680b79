/// The native sampler chain behind `io.vlm4j.sampling`.
/// Not exported.
@NullMarked
package io.vlm4j.sampling.internal;

import org.jspecify.annotations.NullMarked;
