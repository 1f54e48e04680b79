/// Models in a process of their own: the same questions as to a [io.vlm4j.vlm.Vlm], and native code that cannot take
/// the application down. `IsolatedVlm` is the door.
@NullMarked
package io.vlm4j.isolation;

import org.jspecify.annotations.NullMarked;
