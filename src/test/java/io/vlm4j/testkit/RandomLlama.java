package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// A LLaMA text model of any size with random weights, written as a GGUF file that llama.cpp loads: benchmarks need
/// large models, and what the weights say does not change how long they take.
///
/// Weights are uniform with the variance 1 / (inputs of the matrix), so that activations stay finite through any
/// number of layers. The same settings always give the same file; every tensor is streamed, so a model larger than
/// the heap is no problem.
///
/// @param layers the number of decoder layers
/// @param embedding the width of the residual stream, a multiple of `heads`
/// @param heads the number of query heads
/// @param kvHeads the number of key and value heads, a divisor of `heads`
/// @param feedForward the width between the two feed-forward matrices
/// @param vocabulary the number of tokens; those beyond the tokenizer's are fillers that no text gives. 0 for
///     exactly the tokenizer's
/// @param contextLength the context length that the model claims
/// @param type the type of all matrices: F32, F16, Q8_0 or Q4_0
/// @param seed the seed of the weights
public record RandomLlama(
        int layers,
        int embedding,
        int heads,
        int kvHeads,
        int feedForward,
        int vocabulary,
        int contextLength,
        GgmlType type,
        long seed) {
    private static final int CHUNK = 1 << 20;

    /// `LLAMA_TOKEN_TYPE_UNUSED` of llama.h.
    private static final long UNUSED = 5;

    /// Checks that the sizes fit together.
    ///
    /// @throws IllegalArgumentException if they do not, or the type is another one
    public RandomLlama {
        if (layers < 1 || heads < 1 || kvHeads < 1 || embedding % heads != 0 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    layers + " layers of " + embedding + " with " + heads + " and " + kvHeads + " heads do not fit");
        }
        fileType(type);
        type.rowByteSize(embedding);
        type.rowByteSize(feedForward);
    }

    /// A model of about 320 million parameters (16 layers of 1024, 16 and 8 heads, 4096, 32,000 tokens) and a
    /// context of 4096 tokens.
    public static RandomLlama ofThreeHundredMillion(GgmlType type) {
        return new RandomLlama(16, 1024, 16, 8, 4096, 32_000, 4096, type, 1);
    }

    /// Writes the model.
    ///
    /// @param tokenizer a GGUF file whose `tokenizer.*` keys the model gets, such as the bundled text model
    /// @param path the file to write
    public void write(Path tokenizer, Path path) {
        try (GgufFile donor = GgufFile.open(tokenizer)) {
            GgufWriter writer = GgufWriter.create();
            int tokens = metadata(donor, writer);
            tensors(tokens, writer);
            writer.write(path);
        }
    }

    private int metadata(GgufFile donor, GgufWriter writer) {
        GgufArray list = donor.value("tokenizer.ggml.tokens")
                .filter(GgufArray.class::isInstance)
                .map(GgufArray.class::cast)
                .orElseThrow(() -> new IllegalArgumentException(donor.path() + " has no tokenizer"));
        int tokens = vocabulary == 0 ? list.size() : vocabulary;
        if (tokens < list.size()) {
            throw new IllegalArgumentException(
                    "a vocabulary of " + tokens + " does not hold the " + list.size() + " tokens of " + donor.path());
        }
        writer.put("general.architecture", "llama")
                .put("general.name", "random llama, seed " + seed)
                .put("llama.block_count", GgufValue.u32(layers))
                .put("llama.context_length", GgufValue.u32(contextLength))
                .put("llama.embedding_length", GgufValue.u32(embedding))
                .put("llama.feed_forward_length", GgufValue.u32(feedForward))
                .put("llama.attention.head_count", GgufValue.u32(heads))
                .put("llama.attention.head_count_kv", GgufValue.u32(kvHeads))
                .put("llama.attention.layer_norm_rms_epsilon", GgufValue.of(1e-5f))
                .put("llama.rope.dimension_count", GgufValue.u32(embedding / heads))
                .put("llama.rope.freq_base", GgufValue.of(10_000f))
                .put("llama.vocab_size", GgufValue.u32(tokens));
        donor.metadata().forEach((key, value) -> {
            if (key.startsWith("tokenizer.")) {
                writer.put(key, filled(key, value, tokens));
            }
        });
        writer.put("general.quantization_version", GgufValue.u32(2))
                .put("general.file_type", GgufValue.u32(fileType(type)));
        return tokens;
    }

    /// The three lists that go with tokens, with fillers up to the size of the vocabulary.
    private static GgufValue filled(String key, GgufValue value, int tokens) {
        return switch (key) {
            case "tokenizer.ggml.tokens" -> {
                List<String> texts = new ArrayList<>(value.asStrings());
                while (texts.size() < tokens) {
                    texts.add("[filler " + texts.size() + "]");
                }
                yield GgufValue.strings(texts);
            }
            case "tokenizer.ggml.scores" -> {
                float[] scores = value.asFloats();
                float[] all = Arrays.copyOf(scores, tokens);
                Arrays.fill(all, scores.length, tokens, -1e9f);
                yield GgufValue.floats(all);
            }
            case "tokenizer.ggml.token_type" -> {
                long[] types = value.asLongs();
                long[] all = Arrays.copyOf(types, tokens);
                Arrays.fill(all, types.length, tokens, UNUSED);
                yield GgufValue.integers(GgufType.I32, all);
            }
            default -> value;
        };
    }

    /// `LLAMA_FTYPE` of llama.h.
    private static int fileType(GgmlType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 7;
            default -> throw new IllegalArgumentException(type + " is not F32, F16, Q8_0 or Q4_0");
        };
    }

    private void tensors(int tokens, GgufWriter writer) {
        int kv = embedding / heads * kvHeads;
        matrix("token_embd.weight", tokens, embedding, writer);
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            norm(block + "attn_norm.weight", writer);
            matrix(block + "attn_q.weight", embedding, embedding, writer);
            matrix(block + "attn_k.weight", kv, embedding, writer);
            matrix(block + "attn_v.weight", kv, embedding, writer);
            matrix(block + "attn_output.weight", embedding, embedding, writer);
            norm(block + "ffn_norm.weight", writer);
            matrix(block + "ffn_gate.weight", feedForward, embedding, writer);
            matrix(block + "ffn_up.weight", feedForward, embedding, writer);
            matrix(block + "ffn_down.weight", embedding, feedForward, writer);
        }
        norm("output_norm.weight", writer);
        matrix("output.weight", tokens, embedding, writer);
    }

    private void norm(String name, GgufWriter writer) {
        writer.tensor(name, GgmlType.F32, Shape.of(embedding), channel -> {
            ByteBuffer ones = ByteBuffer.allocate(embedding * 4).order(ByteOrder.LITTLE_ENDIAN);
            while (ones.hasRemaining()) {
                ones.putFloat(1);
            }
            channel.write(ones.flip());
        });
    }

    private void matrix(String name, int outputs, int inputs, GgufWriter writer) {
        Shape shape = Shape.of(outputs, inputs);
        double deviation = 1 / Math.sqrt(inputs);
        writer.tensor(name, type, shape, channel -> blocks(name, shape.elementCount(), deviation, channel));
    }

    /// Writes this many elements. Each tensor has its own generator, so that its weights depend on nothing but
    /// its name.
    private void blocks(String name, long elements, double deviation, WritableByteChannel channel) throws IOException {
        SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
        int size = type.blockByteSize();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK / size * size).order(ByteOrder.LITTLE_ENDIAN);
        for (long left = elements / type.blockSize(); left > 0; left--) {
            block(random, deviation, buffer);
            if (!buffer.hasRemaining()) {
                channel.write(buffer.flip());
                buffer.clear();
            }
        }
        channel.write(buffer.flip());
    }

    /// One block of uniform values with this standard deviation: that of integers from -n to n is n / sqrt(3),
    /// and that of the 16 levels of Q4_0 is sqrt(255 / 12).
    private void block(SplittableRandom random, double deviation, ByteBuffer buffer) {
        switch (type) {
            case F32 -> buffer.putFloat(uniform(random, deviation));
            case F16 -> buffer.putShort(Float.floatToFloat16(uniform(random, deviation)));
            case Q8_0 -> {
                buffer.putShort(Float.floatToFloat16((float) (deviation * Math.sqrt(3) / 128)));
                putLongs(random, 4, buffer);
            }
            default -> {
                buffer.putShort(Float.floatToFloat16((float) (deviation / Math.sqrt(255 / 12.0))));
                putLongs(random, 2, buffer);
            }
        }
    }

    private static void putLongs(SplittableRandom random, int count, ByteBuffer buffer) {
        for (int i = 0; i < count; i++) {
            buffer.putLong(random.nextLong());
        }
    }

    private static float uniform(SplittableRandom random, double deviation) {
        return (float) ((2 * random.nextDouble() - 1) * deviation * Math.sqrt(3));
    }
}
