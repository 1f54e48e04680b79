/// How the next token is chosen: settings as values, the order of the steps, steps written in Java.
/// `SamplingOptions` says what, `Sampler` does it for one sequence.
@NullMarked
package io.vlm4j.sampling;

import org.jspecify.annotations.NullMarked;
