package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Attention of one example, of `{size, n, heads}`.
final class Attention {
    private final Tape tape;
    private final GraphTensor q;
    private final GraphTensor k;
    private final GraphTensor v;
    private final float scale;
    private @Nullable GraphTensor shares;

    Attention(Tape tape, GraphTensor q, GraphTensor k, GraphTensor v) {
        this.tape = tape;
        this.q = q;
        this.k = k;
        this.v = v;
        this.scale = (float) (1 / Math.sqrt((double) q.dimension(0)));
        tape.use(q);
        tape.use(k);
        tape.use(v);
    }

    long rows() {
        return q.dimension(1);
    }

    /// What each row sees, `{size * heads, n}`.
    GraphTensor forward(GraphTensor mask) {
        GraphOps ops = tape.ops();
        GraphTensor probabilities = ops.softMax(ops.matrixProduct(k, q), mask, scale);
        shares = probabilities;
        GraphTensor seen = tape.byHead(ops.matrixProduct(tape.turned(v), probabilities));
        tape.use(seen);
        return flat(seen);
    }

    /// @param d the gradient of what was seen
    void backward(GraphTensor d, List<GraphTensor> dq, List<GraphTensor> dk, List<GraphTensor> dv) {
        GraphOps ops = tape.ops();
        GraphTensor probabilities = Objects.requireNonNull(shares);
        GraphTensor scores = tape.back().softMax(ops.matrixProduct(v, d), probabilities, scale);
        tape.use(scores);
        dv.add(add(tape.grouped(ops.matrixProduct(tape.turned(d), tape.turned(probabilities)), v.dimension(2))));
        dq.add(add(ops.matrixProduct(tape.turned(k), scores)));
        dk.add(add(tape.grouped(ops.matrixProduct(tape.turned(q), tape.turned(scores)), k.dimension(2))));
    }

    private GraphTensor add(GraphTensor gradient) {
        GraphTensor rows = tape.byHead(gradient);
        tape.use(rows);
        return flat(rows);
    }

    private GraphTensor flat(GraphTensor rows) {
        return tape.ops().reshape(rows, rows.dimension(0) * rows.dimension(1), rows.dimension(2), 1);
    }
}
