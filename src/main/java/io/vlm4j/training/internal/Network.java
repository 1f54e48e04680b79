package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Activation;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Norm;
import io.vlm4j.graph.Positions;
import io.vlm4j.graph.internal.WeightsImpl;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.training.ProjectorGelu;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A decoder and its projector as values on a tape. Frozen weights come from the files, trained ones from their
/// parameters.
///
/// @param projector the file with it; null for a model that sees nothing
/// @param loras     by the name of the matrix that they belong to
record Network(
        Architecture architecture,
        WeightsImpl decoder,
        @Nullable WeightsImpl projector,
        Parameters parameters,
        Map<String, Lora> loras,
        ProjectorGelu gelu,
        Placement placement) {
    static final String EMBEDDINGS = "token_embd.weight";
    static final String FIRST = "mm.0";
    static final String SECOND = "mm.2";

    /// @throws InvalidFile when this network has parts whose gradients are not known
    static void requireKnown(Architecture architecture, Object file) {
        boolean known = architecture.norm().kind() == Norm.Kind.RMS
                && architecture.positions() instanceof Positions.Rotary
                && architecture.activation() == Activation.SILU
                && architecture.gated()
                && architecture.biases() != Architecture.Biases.ALL
                && !architecture.headNorms()
                && !architecture.innerNorms()
                && architecture.causal()
                && architecture.embeddingScale() == 1;
        if (!known) {
            throw new InvalidFile(file + " is no decoder like LLaMA's, the only kind that can be trained");
        }
    }

    /// One layer of the decoder.
    Value layer(Tape tape, int index, Value x, Surroundings around) {
        String name = "blk." + index + ".";
        int size = architecture.headSize();
        long rows = x.tensor().dimension(1);
        Value normed = norm(tape, x, name + "attn_norm");
        Value queries = linear(tape, normed, name + "attn_q", architecture.heads() * size, around);
        Value keys = linear(tape, normed, name + "attn_k", architecture.keyValueHeads() * size, around);
        Value values = linear(tape, normed, name + "attn_v", architecture.keyValueHeads() * size, around);
        Value seen = tape.attention(
                tape.rope(tape.reshape(queries, size, architecture.heads(), rows), around.rope()),
                tape.rope(tape.reshape(keys, size, architecture.keyValueHeads(), rows), around.rope()),
                tape.reshape(values, size, architecture.keyValueHeads(), rows),
                around.lengths(),
                around.masks());
        Value after = tape.add(x, linear(tape, seen, name + "attn_output", architecture.width(), around));
        Value inner = norm(tape, after, name + "ffn_norm");
        Value gate = linear(tape, inner, name + "ffn_gate", architecture.feedForward(), around);
        Value up = linear(tape, inner, name + "ffn_up", architecture.feedForward(), around);
        Value down = linear(tape, tape.gate(gate, up), name + "ffn_down", architecture.width(), around);
        return tape.add(after, down);
    }

    /// What all layers of a graph share.
    ///
    /// @param lengths rows of each example
    /// @param masks   added to the scores of attention of each example
    /// @param dropout of the inputs of adapters; null for none
    record Surroundings(
            Rope rope,
            List<Integer> lengths,
            List<GraphTensor> masks,
            @Nullable Dropout dropout) {}

    /// Whether nodes may be those that only a CPU computes.
    boolean onCpu() {
        return placement.isCpu() && !placement.general();
    }

    /// Logits of rows that went through all layers.
    Value head(Tape tape, Value x) {
        return tape.product(
                matrix(headName(), architecture.vocabulary(), architecture.width()), norm(tape, x, "output_norm"));
    }

    private String headName() {
        return architecture.tiedHead() ? EMBEDDINGS : "output.weight";
    }

    /// Rows of the vision tower as rows of the decoder.
    Value project(Tape tape, Value features) {
        WeightsImpl file = requireProjector();
        int inner = Math.toIntExact(
                file.file().tensor(FIRST + ".weight").orElseThrow().shape().dim(0));
        Value first = projection(tape, features, FIRST, inner);
        Value active = gelu == ProjectorGelu.EXACT ? tape.geluExact(first) : tape.geluTanh(first);
        return projection(tape, active, SECOND, architecture.width());
    }

    private Value projection(Tape tape, Value x, String name, int outputs) {
        Matrix weights = matrix(name + ".weight", outputs, x.tensor().dimension(0));
        return tape.addRow(tape.product(weights, x), matrix(name + ".bias", outputs));
    }

    /// Numbers in a row of the vision tower.
    long visionWidth() {
        return requireProjector()
                .file()
                .tensor(FIRST + ".weight")
                .orElseThrow()
                .shape()
                .dim(1);
    }

    private Value norm(Tape tape, Value x, String name) {
        return tape.rmsNorm(
                x,
                matrix(name + ".weight", architecture.width()),
                architecture.norm().epsilon());
    }

    private Value linear(Tape tape, Value x, String name, int outputs, Surroundings around) {
        long inputs = x.tensor().dimension(0);
        Value y = tape.product(matrix(name + ".weight", outputs, inputs), x);
        if (decoder.has(name + ".bias")) {
            y = tape.addRow(y, matrix(name + ".bias", outputs));
        }
        Lora lora = loras.get(name + ".weight");
        if (lora == null) {
            return y;
        }
        Dropout dropout = around.dropout();
        Value given = dropout == null
                ? x
                : tape.mask(x, dropout.of(lora, inputs, x.tensor().dimension(1)));
        Value inner = tape.scale(tape.product(Matrix.of(lora.a()), given), lora.scale());
        return tape.add(y, tape.product(Matrix.of(lora.b()), inner));
    }

    /// @param dimensions the shape that it must have, outermost first
    Matrix matrix(String name, long... dimensions) {
        Optional<Trainable> trained = parameters.find(name);
        if (trained.isPresent()) {
            return Matrix.of(trained.get());
        }
        WeightsImpl file = name.startsWith("mm.") ? requireProjector() : decoder;
        GraphTensor stored = file.weight(name, dimensions);
        GgmlType type = file.file().tensor(name).orElseThrow().type();
        if (dimensions.length == 1 && type != GgmlType.F32) {
            throw new InvalidFile(file.file().path() + ": tensor '" + name + "' is " + type + ", not F32");
        }
        return new Matrix(stored, type == GgmlType.F32, null);
    }

    private WeightsImpl requireProjector() {
        if (projector == null) {
            throw new IllegalStateException("a picture for a model without a projector");
        }
        return projector;
    }
}
