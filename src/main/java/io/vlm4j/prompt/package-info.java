/// What a model is asked: messages with pictures and sounds, the chat template that turns them into a prompt, the
/// prompt's tokens. Text of users never turns into special tokens; only templates and markup do.
@NullMarked
package io.vlm4j.prompt;

import org.jspecify.annotations.NullMarked;
