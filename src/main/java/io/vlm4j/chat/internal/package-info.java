/// One answer of a conversation, step by step, and the calls of tools in it.
/// Not exported.
@NullMarked
package io.vlm4j.chat.internal;

import org.jspecify.annotations.NullMarked;
