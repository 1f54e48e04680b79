/// GGUF files read, edited and written in plain Java, and safetensors files read; both are mapped into memory, and
/// every number in them is checked before it is believed. Start reading at [GgufFile][io.vlm4j.gguf.GgufFile].
@NullMarked
package io.vlm4j.gguf;

import org.jspecify.annotations.NullMarked;
