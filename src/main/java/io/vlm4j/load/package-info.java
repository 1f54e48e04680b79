/// How a server that speaks OpenAI's chat completions bears many clients: drives it over HTTP and measures. Works
/// with any such server, so that two can be compared with the same command.
@NullMarked
package io.vlm4j.load;

import org.jspecify.annotations.NullMarked;
