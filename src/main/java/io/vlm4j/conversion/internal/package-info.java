/// What the conversion of checkpoints is made of.
@NullMarked
package io.vlm4j.conversion.internal;

import org.jspecify.annotations.NullMarked;
