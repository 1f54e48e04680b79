package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The vocabulary of a [GraphModel] as llama.cpp reads it: a file of an architecture that it knows, with nothing but
/// the tokenizer, which is gone once it is loaded.
///
/// Tokens that steer (`<grounding>`, `<image>`) become control tokens: no text of a user may turn into them, and they
/// are no part of an answer's text.
final class VocabularyFile {
    private static final String TOKENIZER = "tokenizer.";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MAP = "tokenizer.ggml.precompiled_charsmap";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final int CONTROL = 3; // llama.h: LLAMA_TOKEN_TYPE_CONTROL
    private static final int USER_DEFINED = 4;

    /// The question, after which the answer begins; no conversation that goes on was trained.
    private static final String FUYU = "{%- for message in messages -%}"
            + "{%- if message['role'] == 'assistant' -%}{{ message['content'] }}{{ '\\n' }}"
            + "{%- else -%}{{ message['content'] }}{{ '\\n' }}{%- endif -%}{%- endfor -%}"
            + "{%- if add_generation_prompt -%}{{ '<0x04>' }}{%- endif -%}";

    /// As the authors ask questions.
    private static final String KOSMOS2 = "{%- for message in messages -%}"
            + "{%- if message['role'] == 'assistant' -%}{{ ' ' + message['content'] }}"
            + "{%- elif message['role'] == 'system' -%}{{ message['content'] + ' ' }}"
            + "{%- else -%}{{ '<grounding> Question: ' + message['content'] + ' Answer:' }}"
            + "{%- endif -%}{%- endfor -%}";

    private VocabularyFile() {}

    /// @throws InvalidFile when the tokenizer's keys make no sense
    /// @throws ModelLoad when llama.cpp cannot use it
    static NativeHandle load(GgufFile file) {
        checkCharacterMap(file);
        GgufWriter writer = GgufWriter.create();
        writer.put("general.architecture", "llama");
        for (Map.Entry<String, GgufValue> entry : file.metadata().entrySet()) {
            if (entry.getKey().startsWith(TOKENIZER)) {
                writer.put(entry.getKey(), entry.getValue());
            }
        }
        writer.put(TYPES, types(file));
        writer.put("tokenizer.ggml.add_bos_token", GgufValue.of(true));
        writer.put("tokenizer.ggml.add_eos_token", GgufValue.of(false)); // a prompt goes on
        if (file.string(TEMPLATE).isEmpty()) {
            writer.put(TEMPLATE, isFuyu(file) ? FUYU : KOSMOS2);
        }
        return load(file.path(), writer);
    }

    /// llama.cpp believes the length that the table begins with.
    private static void checkCharacterMap(GgufFile file) {
        GgufValue value = file.value(MAP).orElse(null);
        if (value == null) {
            return;
        }
        long[] bytes =
                value instanceof GgufArray array && array.elementType() == GgufType.U8 ? array.asLongs() : new long[0];
        long length = bytes.length < 4 ? -1 : bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24;
        if (length < 4 || length % 4 != 0 || length > bytes.length - 4) {
            throw new InvalidFile(file.path() + ": " + MAP + " is no table of characters: " + bytes.length
                    + " bytes that say they are " + length);
        }
    }

    private static boolean isFuyu(GgufFile file) {
        return file.architecture().orElseThrow().equals("fuyu");
    }

    private static GgufValue types(GgufFile file) {
        if (!(file.value(TYPES).orElse(null) instanceof GgufArray array)
                || !array.elementType().isInteger()) {
            throw new InvalidFile(file.path() + " has no " + TYPES + " of whole numbers");
        }
        long[] types = array.asLongs();
        for (int i = 0; i < types.length; i++) {
            types[i] = types[i] == USER_DEFINED ? CONTROL : types[i];
        }
        if (isFuyu(file)) {
            long answer = file.integer("fuyu.answer_token_id").orElse(-1);
            if (answer < 0 || answer >= types.length) {
                throw new InvalidFile(file.path() + ": fuyu.answer_token_id is " + answer + ", not one of "
                        + types.length + " tokens");
            }
            types[(int) answer] = CONTROL;
        }
        return GgufValue.integers(GgufType.I32, types);
    }

    private static NativeHandle load(Path model, GgufWriter writer) {
        Path temporary;
        try {
            temporary = Files.createTempFile("vlm4j-vocabulary-", ".gguf");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the vocabulary of " + model + " to a temporary file: " + e, e);
        }
        try {
            writer.write(temporary);
            return LlamaModels.load(
                    temporary,
                    String.valueOf(model.getFileName()),
                    new LlamaModels.Parameters(0, false, false, true, false),
                    fraction -> true);
        } finally {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                temporary.toFile().deleteOnExit();
            }
        }
    }
}
