/// Attentions read from the graph while it is computed, what is made of them, and how heat maps are drawn.
@NullMarked
package io.vlm4j.attention.internal;

import org.jspecify.annotations.NullMarked;
