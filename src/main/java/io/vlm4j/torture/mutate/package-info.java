/// Makes hostile inputs out of good ones: of bytes, of GGUF files by their structure, and of texts.
@NullMarked
package io.vlm4j.torture.mutate;

import org.jspecify.annotations.NullMarked;
