/// The native context behind `io.vlm4j.inference`.
/// Not exported.
@NullMarked
package io.vlm4j.inference.internal;

import org.jspecify.annotations.NullMarked;
