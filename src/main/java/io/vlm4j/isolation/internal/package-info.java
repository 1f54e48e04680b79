/// Both sides of an isolated model: `Connection` and what begins with `Isolated` are the application's, `Worker` is
/// the other process. Between them go frames over its standard input and output.
/// Not exported.
@NullMarked
package io.vlm4j.isolation.internal;

import org.jspecify.annotations.NullMarked;
