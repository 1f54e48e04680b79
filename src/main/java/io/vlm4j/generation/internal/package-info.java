/// The generation loop in single steps, and how tokens become text that may be shown.
/// Not exported.
@NullMarked
package io.vlm4j.generation.internal;

import org.jspecify.annotations.NullMarked;
