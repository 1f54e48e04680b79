package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Attention of one example, of `{size, n, heads}`. Rows may be padded with zeros, which are seen by nobody.
final class Attention {
    private final Tape tape;
    private final int rows;
    private final GraphTensor q;
    private final GraphTensor k;
    private final GraphTensor v;
    private final float scale;
    private @Nullable GraphTensor shares;

    /// @param rows those that are no padding
    Attention(Tape tape, int rows, GraphTensor q, GraphTensor k, GraphTensor v) {
        this.tape = tape;
        this.rows = rows;
        this.q = q;
        this.k = k;
        this.v = v;
        this.scale = (float) (1 / Math.sqrt((double) q.dimension(0)));
        tape.use(q);
        tape.use(k);
        tape.use(v);
    }

    int rows() {
        return rows;
    }

    /// What each row sees, `{size * heads, n}`.
    GraphTensor forward(GraphTensor mask) {
        GraphOps ops = tape.ops();
        GraphTensor probabilities = ops.softMax(ops.matrixProduct(k, q), mask, scale);
        shares = probabilities;
        return asGiven(ops.matrixProduct(tape.turned(v), probabilities));
    }

    /// @param gradient of what was seen, `{size, rows, heads}`
    void backward(GraphTensor gradient, List<GraphTensor> dq, List<GraphTensor> dk, List<GraphTensor> dv) {
        GraphOps ops = tape.ops();
        GraphTensor d = tape.padded(gradient, Math.toIntExact(q.dimension(1)));
        tape.use(d);
        GraphTensor probabilities = Objects.requireNonNull(shares);
        GraphTensor scores = tape.back().softMax(ops.matrixProduct(v, d), probabilities, scale);
        tape.use(scores);
        dv.add(asGiven(tape.grouped(ops.matrixProduct(tape.turned(d), tape.turned(probabilities)), v.dimension(2))));
        dq.add(asGiven(ops.matrixProduct(tape.turned(k), scores)));
        dk.add(asGiven(tape.grouped(ops.matrixProduct(tape.turned(q), tape.turned(scores)), k.dimension(2))));
    }

    /// Rows as they were given, `{size * heads, rows}`.
    private GraphTensor asGiven(GraphTensor result) {
        GraphTensor byRow = tape.byHead(result);
        tape.use(byRow);
        GraphTensor flat = tape.ops().reshape(byRow, byRow.dimension(0) * byRow.dimension(1), byRow.dimension(2), 1);
        return rows == byRow.dimension(2) ? flat : tape.ops().rowsFrom(flat, 0, rows);
    }
}
