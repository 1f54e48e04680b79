/// How [io.vlm4j.server] works: the entrance, what is there behind it, and how answers are made for all APIs alike.
@NullMarked
package io.vlm4j.server.internal;

import org.jspecify.annotations.NullMarked;
