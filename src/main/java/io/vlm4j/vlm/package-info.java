/// The front door: a vision-language model that answers questions about pictures and sounds, in one object.
/// Everything that it does can be done with the slices below it, step by step.
@NullMarked
package io.vlm4j.vlm;

import org.jspecify.annotations.NullMarked;
