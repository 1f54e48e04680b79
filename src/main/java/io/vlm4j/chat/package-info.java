/// Conversations: a transcript that grows by turns, tools that the model may call, and what to do when the context is
/// full. The transcript is plain data; the model's memory of it is reused as far as it agrees.
@NullMarked
package io.vlm4j.chat;

import org.jspecify.annotations.NullMarked;
