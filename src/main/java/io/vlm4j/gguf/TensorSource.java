package io.vlm4j.gguf;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/// Produces the data of one tensor while a file is written, so that no tensor need be in memory as a whole.
@FunctionalInterface
public interface TensorSource {
    /// Writes exactly the tensor's bytes, in as many pieces as it likes. Called once per file, on the writing
    /// thread.
    ///
    /// @param channel takes the bytes, all of each buffer at once; only valid during the call
    /// @throws IOException to give up; no file is left behind
    void writeTo(WritableByteChannel channel) throws IOException;
}
