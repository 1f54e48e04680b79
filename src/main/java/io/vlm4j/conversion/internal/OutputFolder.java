package io.vlm4j.conversion.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The folder that files are written to.
public final class OutputFolder {
    /// Beside the tensors there are names and a vocabulary.
    private static final long REST = 64L << 20;

    private OutputFolder() {}

    /// Makes the folder if it is not there.
    ///
    /// @param bytes of the tensors of all files
    /// @throws UncheckedIOException if it cannot be made, or there is not enough space
    public static void prepare(Path out, long bytes) {
        try {
            Files.createDirectories(out);
            long free = Files.getFileStore(out).getUsableSpace();
            if (free < bytes + REST - begun(out)) {
                throw new UncheckedIOException(new IOException(
                        "not enough space in " + out + ": " + bytes + " bytes are needed, " + free + " are free"));
            }
        } catch (FileAlreadyExistsException e) {
            throw new UncheckedIOException(out + " is a file, where a folder is wanted", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + out + ": " + e, e);
        }
    }

    /// What earlier attempts have left needs no space again.
    private static long begun(Path out) throws IOException {
        long bytes = 0;
        try (var parts = Files.newDirectoryStream(out, ".*.gguf.part")) {
            for (Path part : parts) {
                bytes += Files.size(part);
            }
        }
        return bytes;
    }
}
