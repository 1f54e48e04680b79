/// Text from prompts: blocking, streamed to a listener, or pulled as a stream, with stop rules, cancellation and
/// figures. `Generator` is the loop of evaluate, sample and emit; everything else here is what goes in and comes
/// out.
@NullMarked
package io.vlm4j.generation;

import org.jspecify.annotations.NullMarked;
