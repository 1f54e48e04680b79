/// The command line: `vlm4j describe picture.png` and its sister commands, thin over the public packages. The only
/// place that prints or exits. Not exported: scripts use the commands, programs use `io.vlm4j.vlm.Vlm`.
@NullMarked
package io.vlm4j.cli;

import org.jspecify.annotations.NullMarked;
