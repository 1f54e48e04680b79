/// How graphs are put together, placed and computed.
@NullMarked
package io.vlm4j.graph.internal;

import org.jspecify.annotations.NullMarked;
