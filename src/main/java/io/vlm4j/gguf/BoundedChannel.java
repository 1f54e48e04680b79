package io.vlm4j.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;

/// Takes exactly the bytes of one tensor, so that a wrong source cannot shift the tensors after it.
final class BoundedChannel implements WritableByteChannel {
    private final String tensor;
    private final LittleEndianSink sink;
    private long missing;
    private boolean open = true;

    BoundedChannel(String tensor, long byteSize, LittleEndianSink sink) {
        this.tensor = tensor;
        this.missing = byteSize;
        this.sink = sink;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int size = source.remaining();
        take(size);
        sink.bytes(source);
        return size;
    }

    void write(MemorySegment source) throws IOException {
        take(source.byteSize());
        sink.memory(source);
    }

    private void take(long size) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (size > missing) {
            throw new IllegalStateException(
                    "the source of tensor '" + tensor + "' wrote " + (size - missing) + " bytes too many");
        }
        missing -= size;
    }

    /// Ends the tensor.
    void finish() {
        open = false;
        if (missing > 0) {
            throw new IllegalStateException("the source of tensor '" + tensor + "' left out " + missing + " bytes");
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
