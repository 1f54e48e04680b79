/// Façades over libggml: backends and devices. They take and give Java values and handles; error codes end here. No
/// function checks what its caller must know by contract (thread rules, lifetimes): that is the public slices'
/// work.
@NullMarked
package io.vlm4j.natives.ggml;

import org.jspecify.annotations.NullMarked;
