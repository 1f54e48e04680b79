/// The tools of the native ring: handles with one owner, library loading, errors of native calls, callbacks into
/// Java. Everything restricted (`System.load`, `reinterpret`, upcalls) happens here and in the façades beside it.
@NullMarked
package io.vlm4j.natives.ffi;

import org.jspecify.annotations.NullMarked;
