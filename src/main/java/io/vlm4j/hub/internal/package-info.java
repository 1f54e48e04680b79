/// The protocol, and the care that it takes: what may be sent where, what is tried again, what is remembered.
@NullMarked
package io.vlm4j.hub.internal;

import org.jspecify.annotations.NullMarked;
