package io.vlm4j.testkit;

import io.vlm4j.gguf.Safetensors;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Outputs of the reference implementation, made by transformers in float32 (see `PROVENANCE.md` beside the files).
public final class Golden implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final JsonNode description;
    private final Safetensors tensors;

    private Golden(JsonNode description, Safetensors tensors) {
        this.description = description;
        this.tensors = tensors;
    }

    /// The case `golden/<name>.json` with its tensors.
    public static Golden open(String name) {
        return open(resource(name + ".json"), resource(name + ".safetensors"));
    }

    public static Golden open(Path json, Path safetensors) {
        return new Golden(json(json), Safetensors.open(safetensors));
    }

    public static JsonNode json(Path file) {
        return JSON.readTree(file);
    }

    public static Path resource(String name) {
        URL url = Golden.class.getResource("/golden/" + name);
        if (url == null) {
            throw new AssertionError("no test resource golden/" + name);
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(url.toString(), e);
        }
    }

    public JsonNode description() {
        return description;
    }

    public float[] floats(String tensor) {
        return tensors.tensor(tensor).toFloatArray();
    }

    public int[] ints(String tensor) {
        long[] wide = tensors.tensor(tensor).toLongArray();
        int[] narrow = new int[wide.length];
        for (int i = 0; i < wide.length; i++) {
            narrow[i] = Math.toIntExact(wide[i]);
        }
        return narrow;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
