/// The native runtime of this JVM: where its libraries come from, which version they are, which devices they can
/// use. Loaded on first use by every other slice; `NativeRuntime.load()` says what it chose, or everything that it
/// tried.
@NullMarked
package io.vlm4j.runtime;

import org.jspecify.annotations.NullMarked;
