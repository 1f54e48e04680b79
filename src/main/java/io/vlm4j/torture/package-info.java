/// What hurts software that takes other people's files: [FuzzRun] mutates everything that comes in and watches from
/// another process whether the one that takes it lives on, [Soak] works for long and watches its memory.
@NullMarked
package io.vlm4j.torture;

import org.jspecify.annotations.NullMarked;
