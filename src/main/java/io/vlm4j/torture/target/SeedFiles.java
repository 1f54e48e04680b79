package io.vlm4j.torture.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The good files that everything begins with: a model of some kilobytes with its projector, adapter and control
/// vector, made for the purpose and so quick that thousands are loaded in a minute, and a real model.
///
/// @param folder    where the small ones lie
/// @param model     the real text model
/// @param projector its projector
public record SeedFiles(Path folder, Path model, Path projector) {
    /// Writes the small files, unless they are there.
    public static SeedFiles in(Path folder, Path model, Path projector) {
        SeedFiles files = new SeedFiles(folder, model, projector);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Files.exists(files.tinyControl())) {
            new TinyModel(1).write(files.tinyModel());
            TinyProjector.write(files.tinyProjector());
            TinyAdapter.writeLora(files.tinyLora());
            TinyAdapter.writeControl(files.tinyControl());
        }
        return files;
    }

    public Path tinyModel() {
        return folder.resolve("tiny.gguf");
    }

    public Path tinyProjector() {
        return folder.resolve("mmproj-tiny.gguf");
    }

    public Path tinyLora() {
        return folder.resolve("tiny-lora.gguf");
    }

    public Path tinyControl() {
        return folder.resolve("tiny-control.gguf");
    }
}
