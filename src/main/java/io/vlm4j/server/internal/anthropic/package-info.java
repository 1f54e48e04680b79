/// The API of Anthropic: messages.
@NullMarked
package io.vlm4j.server.internal.anthropic;

import org.jspecify.annotations.NullMarked;
