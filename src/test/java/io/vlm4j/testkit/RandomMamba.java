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

/// A tiny Mamba with random weights: a model whose memory is one state, which cannot be taken back by some tokens.
public final class RandomMamba {
    private static final int WIDTH = 32;
    private static final int INNER = 2 * WIDTH;
    private static final int STATE = 8;
    private static final int RANK = 4;
    private static final int KERNEL = 4;

    private RandomMamba() {}

    /// @param tokenizer a GGUF file whose `tokenizer.*` keys the model gets
    public static void write(Path tokenizer, Path path) {
        try (GgufFile donor = GgufFile.open(tokenizer)) {
            int tokens = donor.value("tokenizer.ggml.tokens")
                    .orElseThrow()
                    .asStrings()
                    .size();
            GgufWriter writer = GgufWriter.create();
            writer.put("general.architecture", "mamba")
                    .put("mamba.block_count", GgufValue.u32(1))
                    .put("mamba.context_length", GgufValue.u32(512))
                    .put("mamba.embedding_length", GgufValue.u32(WIDTH))
                    .put("mamba.feed_forward_length", GgufValue.u32(0))
                    .put("mamba.attention.head_count", GgufValue.u32(0))
                    .put("mamba.ssm.conv_kernel", GgufValue.u32(KERNEL))
                    .put("mamba.ssm.inner_size", GgufValue.u32(INNER))
                    .put("mamba.ssm.state_size", GgufValue.u32(STATE))
                    .put("mamba.ssm.time_step_rank", GgufValue.u32(RANK))
                    .put("mamba.attention.layer_norm_rms_epsilon", GgufValue.of(1e-5f));
            donor.metadata().forEach((key, value) -> {
                if (key.startsWith("tokenizer.")) {
                    writer.put(key, value);
                }
            });
            floats("token_embd.weight", Shape.of(tokens, WIDTH), writer);
            floats("output_norm.weight", Shape.of(WIDTH), writer);
            floats("blk.0.attn_norm.weight", Shape.of(WIDTH), writer);
            floats("blk.0.ssm_in.weight", Shape.of(2 * INNER, WIDTH), writer);
            floats("blk.0.ssm_conv1d.weight", Shape.of(INNER, KERNEL), writer);
            floats("blk.0.ssm_conv1d.bias", Shape.of(INNER), writer);
            floats("blk.0.ssm_x.weight", Shape.of(RANK + 2 * STATE, INNER), writer);
            floats("blk.0.ssm_dt.weight", Shape.of(INNER, RANK), writer);
            floats("blk.0.ssm_dt.bias", Shape.of(INNER), writer);
            floats("blk.0.ssm_a", Shape.of(INNER, STATE), writer);
            floats("blk.0.ssm_d", Shape.of(INNER), writer);
            floats("blk.0.ssm_out.weight", Shape.of(WIDTH, INNER), writer);
            writer.write(path);
        }
    }

    private static void floats(String name, Shape shape, GgufWriter writer) {
        writer.tensor(name, GgmlType.F32, shape, channel -> {
            SplittableRandom random = new SplittableRandom(name.hashCode());
            int count = Math.toIntExact(shape.elementCount());
            ByteBuffer buffer = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i++) {
                buffer.putFloat((float) -random.nextDouble(0.01, 0.2));
            }
            channel.write(buffer.flip());
        });
    }
}
