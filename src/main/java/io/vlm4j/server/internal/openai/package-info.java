/// The APIs of OpenAI: chat completions, completions, responses, embeddings, models; and llama-server's tokenizer.
@NullMarked
package io.vlm4j.server.internal.openai;

import org.jspecify.annotations.NullMarked;
