/// Resizing as Pillow does it, byte for byte.
@NullMarked
package io.vlm4j.media.internal;

import org.jspecify.annotations.NullMarked;
