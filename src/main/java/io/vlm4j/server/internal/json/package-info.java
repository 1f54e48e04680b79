/// Requests as JSON, read with names for what is wrong, and what is written back.
@NullMarked
package io.vlm4j.server.internal.json;

import org.jspecify.annotations.NullMarked;
