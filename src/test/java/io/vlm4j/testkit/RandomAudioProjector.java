package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/// A projector (mmproj) that hears, with random weights: Ultravox's architecture, a Whisper encoder whose outputs are
/// stacked and go through two matrices. It says nothing sensible, but all that lies between a sound file and a token is
/// as with a real one.
///
/// Sounds are heard at 16,000 Hz in windows of 30 seconds, the last one filled up with silence; each window gives
/// [#TOKENS_PER_WINDOW] tokens. The same settings always give the same file.
///
/// @param embedding the embedding size of the text model that it belongs to
/// @param seed      the seed of the weights
public record RandomAudioProjector(int embedding, long seed) {
    public static final int SAMPLE_RATE = 16_000;
    public static final int SECONDS_PER_WINDOW = 30;
    /// 3000 frames of 10 ms, halved by the second convolution, stacked by 50.
    public static final int TOKENS_PER_WINDOW = 30;

    private static final int MEL_BINS = 32;
    private static final int POSITIONS = 1500;
    private static final int WIDTH = 32;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 64;
    private static final int STACK = 50;
    private static final int HIDDEN = 64;

    /// Writes a projector that hears and is blind.
    public void write(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "clip")
                .put("general.name", "random audio projector, seed " + seed)
                .put("clip.projector_type", "ultravox");
        add(writer);
        writer.write(path);
    }

    /// Writes a projector that sees as another one does, and hears.
    public void write(Path seeing, Path path) {
        try (GgufFile file = GgufFile.open(seeing)) {
            GgufWriter writer = GgufWriter.copyOf(file)
                    .remove("clip.projector_type")
                    .put(
                            "clip.vision.projector_type",
                            file.string("clip.projector_type").orElseThrow())
                    .put("clip.audio.projector_type", "ultravox");
            add(writer);
            writer.write(path);
        }
    }

    private void add(GgufWriter writer) {
        writer.put("clip.has_audio_encoder", GgufValue.of(true))
                .put("clip.audio.embedding_length", GgufValue.u32(WIDTH))
                .put("clip.audio.attention.head_count", GgufValue.u32(HEADS))
                .put("clip.audio.feed_forward_length", GgufValue.u32(FEED_FORWARD))
                .put("clip.audio.block_count", GgufValue.u32(LAYERS))
                .put("clip.audio.projection_dim", GgufValue.u32(embedding))
                .put("clip.audio.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                .put("clip.audio.num_mel_bins", GgufValue.u32(MEL_BINS))
                .put("clip.audio.projector.stack_factor", GgufValue.u32(STACK));
        random("a.conv1d.1.weight", GgmlType.F16, Shape.of(WIDTH, MEL_BINS, 3), 3 * MEL_BINS, writer);
        random("a.conv1d.1.bias", GgmlType.F32, Shape.of(WIDTH, 1), WIDTH, writer);
        random("a.conv1d.2.weight", GgmlType.F16, Shape.of(WIDTH, WIDTH, 3), 3 * WIDTH, writer);
        random("a.conv1d.2.bias", GgmlType.F32, Shape.of(WIDTH, 1), WIDTH, writer);
        random("a.position_embd.weight", GgmlType.F32, Shape.of(POSITIONS, WIDTH), WIDTH, writer);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "a.blk." + layer + ".";
            norm(block + "ln1", writer);
            matrix(block + "attn_q", WIDTH, WIDTH, writer);
            bias(block + "attn_q", WIDTH, writer);
            matrix(block + "attn_k", WIDTH, WIDTH, writer); // without a bias, as in Whisper
            matrix(block + "attn_v", WIDTH, WIDTH, writer);
            bias(block + "attn_v", WIDTH, writer);
            matrix(block + "attn_out", WIDTH, WIDTH, writer);
            bias(block + "attn_out", WIDTH, writer);
            norm(block + "ln2", writer);
            matrix(block + "ffn_up", FEED_FORWARD, WIDTH, writer);
            bias(block + "ffn_up", FEED_FORWARD, writer);
            matrix(block + "ffn_down", WIDTH, FEED_FORWARD, writer);
            bias(block + "ffn_down", WIDTH, writer);
        }
        norm("a.post_ln", writer);
        ones("mm.a.norm_pre.weight", WIDTH * STACK, writer);
        matrix("mm.a.mlp.1", 2 * HIDDEN, WIDTH * STACK, writer);
        ones("mm.a.norm_mid.weight", HIDDEN, writer);
        matrix("mm.a.mlp.2", embedding, HIDDEN, writer);
    }

    private void norm(String name, GgufWriter writer) {
        ones(name + ".weight", WIDTH, writer);
        bias(name, WIDTH, writer);
    }

    private void bias(String name, int size, GgufWriter writer) {
        random(name + ".bias", GgmlType.F32, Shape.of(size), size, writer);
    }

    private void matrix(String name, int outputs, int inputs, GgufWriter writer) {
        random(name + ".weight", GgmlType.F32, Shape.of(outputs, inputs), inputs, writer);
    }

    private static void ones(String name, int size, GgufWriter writer) {
        tensor(name, GgmlType.F32, Shape.of(size), () -> 1, writer);
    }

    /// Uniform values with the variance `1 / inputs`; each tensor has its own generator.
    private void random(String name, GgmlType type, Shape shape, int inputs, GgufWriter writer) {
        SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
        double most = Math.sqrt(3.0 / inputs);
        tensor(name, type, shape, () -> random.nextDouble(-most, most), writer);
    }

    private static void tensor(String name, GgmlType type, Shape shape, DoubleSupplier values, GgufWriter writer) {
        writer.tensor(name, type, shape, channel -> {
            ByteBuffer data = ByteBuffer.allocate((int) type.byteSize(shape)).order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                float value = (float) values.getAsDouble();
                if (type == GgmlType.F16) {
                    data.putShort(Float.floatToFloat16(value));
                } else {
                    data.putFloat(value);
                }
            }
            channel.write(data.flip());
        });
    }
}
