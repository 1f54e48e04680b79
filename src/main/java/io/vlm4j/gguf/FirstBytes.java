package io.vlm4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/// Says in words what the beginning of a file that is not of the wanted format looks like. Most such files are
/// downloads that went wrong in one of a few ways.
final class FirstBytes {
    private static final int SHOWN = 24;

    private FirstBytes() {}

    static String describe(MemorySegment memory) {
        if (memory.byteSize() == 0) {
            return "it is empty";
        }
        byte[] bytes = memory.asSlice(0, Math.min(SHOWN, memory.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return "it begins with " + HexFormat.ofDelimiter(" ").formatHex(bytes) + " (\"" + printable(text) + "\")"
                + guess(text);
    }

    private static String printable(String text) {
        return text.chars()
                .map(c -> c >= ' ' && c <= '~' ? c : '.')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String guess(String text) {
        String lower = text.toLowerCase(Locale.ROOT).stripLeading();
        if (lower.startsWith("gguf")) {
            return ": this is a GGUF file";
        }
        if (lower.startsWith("version https://git-lfs")) {
            return ": a Git LFS pointer instead of the file itself, which `git lfs pull` fetches";
        }
        if (lower.startsWith("<!doctype") || lower.startsWith("<html")) {
            return ": a web page, perhaps an error page saved in place of the file";
        }
        if (text.startsWith("PK\u0003\u0004")) {
            return ": a ZIP archive, such as PyTorch's checkpoints are";
        }
        if (text.startsWith("{\"", 8)) {
            return ": this looks like a safetensors file";
        }
        return text.chars().allMatch(c -> c == 0) ? ": only zeros, perhaps an unfinished download" : "";
    }
}
