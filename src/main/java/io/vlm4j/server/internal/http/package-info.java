/// HTTP/1.1 for the server: connections, their limits, and the seam between them and what answers requests. The only
/// package that knows Netty.
@NullMarked
package io.vlm4j.server.internal.http;

import org.jspecify.annotations.NullMarked;
