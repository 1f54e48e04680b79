/// Pushes to a server in this process that speaks the hub's protocol and can fail in every way that matters.
@NullMarked
package io.vlm4j.hub;

import org.jspecify.annotations.NullMarked;
