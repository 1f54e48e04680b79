package io.vlm4j.gguf;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.tensor.Tensor;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;

/// Writes safetensors files: whole, or not at all. Tensors are written from where they lie, one after the other.
///
/// Source: the format section of the safetensors README.
public final class SafetensorsWriter {
    private static final String METADATA = "__metadata__";
    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /// @param tensors  by their names, in the order of the file
    /// @param metadata texts beside them; empty for none
    /// @throws IllegalArgumentException when a tensor is called `__metadata__`
    /// @throws UncheckedIOException naming the file, which is as it was before
    public static void write(Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
        if (tensors.containsKey(METADATA)) {
            throw new IllegalArgumentException("a tensor of safetensors files cannot be called " + METADATA);
        }
        byte[] header = header(tensors, metadata);
        AtomicFile.write(file, channel -> {
            LittleEndianSink sink = new LittleEndianSink(channel);
            sink.string(header);
            for (Tensor tensor : tensors.values()) {
                sink.memory(tensor.segment());
            }
            sink.flush();
        });
    }

    /// Filled up with spaces, so that the data begin at a multiple of 8 bytes.
    private static byte[] header(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            text(METADATA, json).append(":{");
            metadata.forEach((key, value) -> {
                text(key, json).append(':');
                text(value, json).append(',');
            });
            json.setCharAt(json.length() - 1, '}');
            json.append(',');
        }
        long begin = 0;
        for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
            Tensor tensor = named.getValue();
            long end = Math.addExact(begin, tensor.byteSize());
            text(named.getKey(), json)
                    .append(":{\"dtype\":\"")
                    .append(tensor.dtype())
                    .append("\",\"shape\":")
                    .append(tensor.shape().toString().replace(" ", ""))
                    .append(",\"data_offsets\":[")
                    .append(begin)
                    .append(',')
                    .append(end)
                    .append("]},");
            begin = end;
        }
        if (json.length() > 1) {
            json.setLength(json.length() - 1);
        }
        json.append('}');
        while (json.toString().getBytes(StandardCharsets.UTF_8).length % ALIGNMENT != 0) {
            json.append(' ');
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder text(String text, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ') {
                json.append("\\u00").append(c < 0x10 ? "0" : "").append(Integer.toHexString(c));
            } else {
                if (c == '"' || c == '\\') {
                    json.append('\\');
                }
                json.append(c);
            }
        }
        return json.append('"');
    }
}
