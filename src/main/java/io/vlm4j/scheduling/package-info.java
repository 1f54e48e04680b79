/// Many generations at a time over one model: queue, fair turns, continuous batching, pictures encoded beside it.
@NullMarked
package io.vlm4j.scheduling;

import org.jspecify.annotations.NullMarked;
