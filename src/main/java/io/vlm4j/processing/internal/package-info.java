/// Pixels on their way to a vision tower. Not part of the API.
@NullMarked
package io.vlm4j.processing.internal;

import org.jspecify.annotations.NullMarked;
