/// A model behind HTTP: the APIs of OpenAI and Anthropic, a page to talk to it, and what operating it takes.
///
/// Start with [io.vlm4j.server.Server].
@NullMarked
package io.vlm4j.server;

import org.jspecify.annotations.NullMarked;
