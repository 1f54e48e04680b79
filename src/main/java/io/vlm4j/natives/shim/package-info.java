/// Façades over libvlm4j, our C shim (`native/vlm4j.h`): chat templates, grammars, image decoding, thread pools,
/// ABI table. Guarded functions report a C++ exception as a failure with a text instead of ending the process.
@NullMarked
package io.vlm4j.natives.shim;

import org.jspecify.annotations.NullMarked;
