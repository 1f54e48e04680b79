package io.vlm4j.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import io.vlm4j.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;

/// The models that tests run.
public final class TestModels {
    private TestModels() {}

    /// The bundled model (Pico LLaVA, Q4_0) and its projector (F16).
    public static Path bundled() {
        return Path.of("models/pico-llava/pico-llava-q4_0.gguf");
    }

    public static Path bundledProjector() {
        return Path.of("models/pico-llava/mmproj-pico-llava-f16.gguf");
    }

    /// The bundled model's embedding size, which a projector for it must have.
    public static int bundledEmbedding() {
        try (GgufFile file = GgufFile.open(bundled())) {
            return (int) file.integer("llama.embedding_length").orElseThrow();
        }
    }

    public static Path sample(String image) {
        return Path.of("models/pico-llava/samples").resolve(image);
    }

    /// A tiny random LLaVA-1.5 (3 layers of 64) in F32, with transformers' outputs for it in `golden/llava`.
    public static Path tinyLlava() {
        return Golden.resource("llava/llava-f32.gguf");
    }

    public static Path tinyLlavaProjector() {
        return Golden.resource("llava/llava-mmproj.gguf");
    }

    /// A tiny random LLaVA-NeXT (2 layers of 64) in F32, with transformers' outputs for it in `golden/llava-next`.
    public static Path tinyLlavaNext() {
        return Golden.resource("llava-next/llava-next-f32.gguf");
    }

    public static Path tinyLlavaNextProjector() {
        return Golden.resource("llava-next/llava-next-mmproj.gguf");
    }

    /// A file of the reference data that is too large for the repository: the folder `../shared`, or the one
    /// that the system property `vlm4j.reference` names. In CI it must be there; elsewhere a test that needs it
    /// is reported as aborted with the reason.
    public static Path reference(String file) {
        Path path = Path.of(System.getProperty("vlm4j.reference", "../shared")).resolve(file);
        if (!Files.exists(path)) {
            if (System.getenv("CI") != null) {
                throw new AssertionError("reference data missing in CI: " + path.toAbsolutePath());
            }
            abort("not in this clone: " + path + " (set -Dvlm4j.reference to the folder with the reference data)");
        }
        return path;
    }
}
