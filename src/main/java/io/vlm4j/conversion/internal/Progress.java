package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.conversion.ConversionListener;
import java.nio.file.Path;

/// Adds up what is done of all files, and tells it to the listener. Confined to one thread.
public final class Progress {
    private final ConversionListener listener;
    private final long total;
    private Path file = Path.of("");
    private long before;

    public Progress(ConversionListener listener, long total) {
        this.listener = listener;
        this.total = total;
    }

    /// Now this file is written; `start` bytes of tensors were in the files before it.
    void begin(Path next, long start) {
        file = next;
        before = start;
    }

    /// @param done bytes of the tensors of this file
    /// @throws Cancelled if the listener wants to stop
    void at(String tensor, long done) {
        if (!listener.onProgress(file, tensor, before + done, total)) {
            throw new Cancelled("the conversion was cancelled at " + file.getFileName() + ", " + tensor
                    + "; started again, it goes on there");
        }
    }
}
