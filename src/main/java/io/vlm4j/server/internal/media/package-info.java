/// Pictures and sounds of requests, and where they may come from.
@NullMarked
package io.vlm4j.server.internal.media;

import org.jspecify.annotations.NullMarked;
