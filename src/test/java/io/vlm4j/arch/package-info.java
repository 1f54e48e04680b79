/// The house's walls: what may import what, what may be called where, and whether the generated bindings still fit.
/// Each rule names the classes that break it; the reasons are in ARCHITECTURE.md.
@NullMarked
package io.vlm4j.arch;

import org.jspecify.annotations.NullMarked;
