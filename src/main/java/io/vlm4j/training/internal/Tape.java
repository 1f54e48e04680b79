package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphOps.Unary;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Builds a graph forwards and remembers how to go back: the nodes of gradients are ordinary nodes of the same graph.
///
/// ggml's own derivatives are not used, because they lack some functions and multiply with ggml_out_prod, which took
/// three times as long on a CPU as a product with the turned matrix. Most products are of our own, see
/// [GradientOps#product].
///
/// Nodes join the graph in the order in which they are computed, each when another one needs it. So a matrix in single
/// precision is made right before it is used, and its memory is free again right behind that; and what is recorded but
/// needed by no gradient is never computed.
///
/// Rows are `{width, n}` in ggml's order.
///
/// @param ops       where nodes are made
/// @param back      those of gradients
/// @param graph     what they join
/// @param numbers   I32, counting from 0, at least as many as any matrix that is not plain has rows
/// @param steps     from the last to the first
/// @param recording whether there is a way back
/// @param onCpu     whether nodes may be those that only a CPU computes
/// @param optimizer makes steps of what has no sum of gradients
record Tape(
        GraphOps ops,
        GradientOps back,
        MemorySegment graph,
        GraphTensor numbers,
        Deque<Runnable> steps,
        boolean recording,
        boolean onCpu,
        Steps optimizer) {
    private static final double LINEAR = 2 * Math.sqrt(2 / Math.PI); // (1 + tanh(y)) / 2 = sigmoid(2 y)
    private static final double CUBIC = 0.044715;
    private static final float TINY = 1e-6f;
    private static final int WIDE = 32; // columns that products of our own have at once
    private static final long MOST_TOGETHER = 1 << 22; // numbers of a gradient that are computed at once
    private static final int MOST_PARTS = 16;

    Tape(GraphOps ops, MemorySegment graph, GraphTensor numbers, boolean recording, boolean onCpu, Steps optimizer) {
        this(ops, new GradientOps(ops.context()), graph, numbers, new ArrayDeque<>(), recording, onCpu, optimizer);
    }

    /// Another stretch of the same graph, with steps of its own.
    Tape stretch(boolean records) {
        return new Tape(ops, back, graph, numbers, new ArrayDeque<>(), records, onCpu, optimizer);
    }

    /// Goes back from a result to everything that it depends on.
    void backward(Value result, GraphTensor gradient) {
        give(result, gradient);
        backward();
    }

    /// Goes back from what has gradients.
    void backward() {
        while (!steps.isEmpty()) {
            steps.pop().run();
        }
    }

    /// `{in, n} -> {out, n}`.
    Value product(Matrix matrix, Value x) {
        use(x.tensor());
        GraphTensor dense = dense(matrix);
        long inputs = x.tensor().dimension(0);
        long outputs = dense.dimension(1);
        GraphTensor y = isWide(outputs) ? back.product(dense, x.tensor()) : ops.matrixProduct(dense, x.tensor());
        return record(y, x.wanted() || matrix.trained() != null, dy -> {
            if (x.wanted()) {
                give(x, isWide(inputs) ? back.turnedProduct(dense(matrix), dy) : ops.matrixProduct(turned(matrix), dy));
            }
            if (matrix.trained() != null) {
                if (isWide(inputs)) {
                    outerProduct(matrix.trained(), x.tensor(), dy);
                } else {
                    accumulate(matrix.trained(), ops.matrixProduct(turned(x), turned(dy)));
                }
            }
        });
    }

    /// The gradient of a matrix, which is added to its sum by some rows at a time: all of them are as large as it is.
    private void outerProduct(Trainable trained, GraphTensor x, GraphTensor dy) {
        long rows = dy.dimension(0);
        long step = Math.max(MOST_TOGETHER / x.dimension(0), rows / MOST_PARTS);
        step = (step + Moment.BLOCK - 1) / Moment.BLOCK * Moment.BLOCK; // codes of 8 bits come in blocks
        if (rows <= step) {
            accumulate(trained, back.outerProduct(x, dy));
            return;
        }
        for (long first = 0; first < rows; first += step) {
            long count = Math.min(step, rows - first);
            GraphTensor gradient = back.outerProduct(x, ops.columnsFrom(dy, first, count));
            GraphTensor sum = trained.gradient();
            if (sum == null) {
                optimizer.measure(this, gradient);
                optimizer.make(this, trained, gradient, first, count);
            } else {
                use(back.addTo(ops.rowsFrom(sum, first, count), gradient));
            }
        }
    }

    /// Whether our own products of a CPU are faster than ggml's for a result of so many columns.
    private boolean isWide(long columns) {
        return onCpu && columns >= WIDE;
    }

    Value add(Value a, Value b) {
        use(a.tensor());
        use(b.tensor());
        return record(ops.add(a.tensor(), b.tensor()), a.wanted() || b.wanted(), dy -> {
            give(a, dy);
            give(b, dy);
        });
    }

    /// Adds a row to every row.
    Value addRow(Value a, Matrix row) {
        use(a.tensor());
        return record(ops.add(a.tensor(), row.stored()), a.wanted() || row.trained() != null, dy -> {
            give(a, dy);
            if (row.trained() != null) {
                accumulate(row.trained(), back.fold(dy, dy.dimension(0), 1, 1));
            }
        });
    }

    Value scale(Value a, float factor) {
        use(a.tensor());
        return record(ops.scale(a.tensor(), factor), a.wanted(), dy -> give(a, ops.scale(dy, factor)));
    }

    /// Element by element with numbers that are given.
    Value mask(Value a, GraphTensor factors) {
        use(a.tensor());
        return record(ops.multiply(a.tensor(), factors), a.wanted(), dy -> give(a, ops.multiply(dy, factors)));
    }

    /// Each row divided by its root mean square, and multiplied with a row of weights.
    Value rmsNorm(Value x, Matrix row, float epsilon) {
        use(x.tensor());
        GraphTensor plain = ops.rmsNorm(x.tensor(), epsilon);
        return record(ops.multiply(plain, row.stored()), x.wanted() || row.trained() != null, dy -> {
            if (x.wanted()) {
                give(x, back.rmsNorm(ops.multiply(dy, row.stored()), x.tensor(), epsilon));
            }
            if (row.trained() != null) { // last, since it may change
                accumulate(row.trained(), back.fold(ops.multiply(plain, dy), dy.dimension(0), 1, 1));
            }
        });
    }

    Value reshape(Value a, long ne0, long ne1, long ne2) {
        use(a.tensor());
        GraphTensor before = a.tensor();
        return record(
                ops.reshape(before, ne0, ne1, ne2),
                a.wanted(),
                dy -> give(a, ops.reshape(dy, before.dimension(0), before.dimension(1), before.dimension(2))));
    }

    /// `silu(gate) * up`.
    Value gate(Value gate, Value up) {
        use(gate.tensor());
        use(up.tensor());
        GraphTensor open = ops.apply(Unary.SILU, gate.tensor());
        return record(ops.multiply(open, up.tensor()), gate.wanted() || up.wanted(), dy -> {
            give(gate, back.silu(ops.multiply(dy, up.tensor()), gate.tensor()));
            give(up, ops.multiply(dy, open));
        });
    }

    /// GELU as transformers computes it, with the error function.
    Value geluExact(Value x) {
        use(x.tensor());
        GraphTensor h = x.tensor();
        return record(ops.apply(Unary.GELU_ERF, h), x.wanted(), dy -> {
            // gelu'(h) = P(h) + h p(h); P(h) = gelu(h) / h where h is not 0, and there of a number beside it
            GraphTensor isZero = back.affine(ops.apply(Unary.ABS, ops.apply(Unary.SIGN, h)), -1, 1);
            GraphTensor beside = ops.add(h, ops.scale(isZero, TINY));
            GraphTensor share = back.divide(ops.apply(Unary.GELU_ERF, beside), beside);
            GraphTensor density = ops.scale(
                    ops.apply(Unary.EXP, ops.scale(ops.square(h), -0.5f)), (float) (1 / Math.sqrt(2 * Math.PI)));
            give(x, ops.multiply(dy, ops.add(share, ops.multiply(h, density))));
        });
    }

    /// GELU as llama.cpp computes it, approximated with a hyperbolic tangent.
    Value geluTanh(Value x) {
        use(x.tensor());
        GraphTensor h = x.tensor();
        GraphTensor square = ops.square(h);
        GraphTensor inner = ops.multiply(h, back.affine(square, (float) (LINEAR * CUBIC), (float) LINEAR));
        GraphTensor share = ops.apply(Unary.SIGMOID, inner);
        GraphTensor y = ops.multiply(h, share);
        return record(y, x.wanted(), dy -> {
            GraphTensor slope = back.affine(square, (float) (3 * LINEAR * CUBIC), (float) LINEAR);
            GraphTensor bent = ops.multiply(ops.multiply(y, back.affine(share, -1, 1)), slope);
            give(x, ops.multiply(dy, ops.add(share, bent)));
        });
    }

    /// Rotary positions.
    Value rope(Value a, Rope rope) {
        use(a.tensor());
        return record(rope.forward(ops, a.tensor()), a.wanted(), dy -> give(a, rope.backward(back, dy)));
    }

    /// What each row sees of those that the masks let through: of `{size, heads, n}`, `{size * heads, n}`.
    ///
    /// @param lengths rows of each example; none sees another
    /// @param masks   of each example, perhaps for some rows more: products over so many are faster
    Value attention(Value queries, Value keys, Value values, List<Integer> lengths, List<GraphTensor> masks) {
        List<Attention> parts = new ArrayList<>();
        List<GraphTensor> seen = new ArrayList<>();
        long row = 0;
        for (int i = 0; i < lengths.size(); i++) {
            int rows = lengths.get(i);
            GraphTensor mask = masks.get(i);
            int padded = Math.toIntExact(mask.dimension(1));
            Attention part = new Attention(
                    this,
                    rows,
                    padded(byHead(stretch(queries.tensor(), row, rows)), padded),
                    padded(byHead(stretch(keys.tensor(), row, rows)), padded),
                    padded(byHead(stretch(values.tensor(), row, rows)), padded));
            seen.add(part.forward(mask));
            parts.add(part);
            row += rows;
        }
        boolean wanted = queries.wanted() || keys.wanted() || values.wanted();
        return record(joined(seen), wanted, dy -> {
            List<GraphTensor> dq = new ArrayList<>();
            List<GraphTensor> dk = new ArrayList<>();
            List<GraphTensor> dv = new ArrayList<>();
            long width = queries.tensor().dimension(0);
            long heads = queries.tensor().dimension(1);
            GraphTensor byHeads = ops.reshape(dy, width, heads, dy.dimension(1));
            long at = 0;
            for (Attention part : parts) {
                part.backward(byHead(stretch(byHeads, at, part.rows())), dq, dk, dv);
                at += part.rows();
            }
            give(values, like(values, joined(dv)));
            give(queries, like(queries, joined(dq)));
            give(keys, like(keys, joined(dk)));
        });
    }

    /// With rows of zeros, which come later than all others, so that nobody sees them.
    GraphTensor padded(GraphTensor a, int rows) {
        int more = rows - Math.toIntExact(a.dimension(1));
        return more == 0 ? a : back.padRows(a, more);
    }

    private GraphTensor like(Value value, GraphTensor rows) {
        GraphTensor shape = value.tensor();
        return ops.reshape(rows, shape.dimension(0), shape.dimension(1), shape.dimension(2));
    }

    /// Some of the outermost rows of `{size, heads, n}`.
    private GraphTensor stretch(GraphTensor all, long from, long rows) {
        if (rows == all.dimension(2)) {
            return all;
        }
        long size = all.dimension(0);
        long heads = all.dimension(1);
        GraphTensor flat = ops.reshape(all, size * heads, all.dimension(2), 1);
        return ops.reshape(ops.rowsFrom(flat, from, rows), size, heads, rows);
    }

    /// Of `{width, n}` each, one behind the other.
    private GraphTensor joined(List<GraphTensor> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        int half = parts.size() / 2; // so that each row is copied as seldom as can be
        return ops.append(joined(parts.subList(0, half)), joined(parts.subList(half, parts.size())));
    }

    /// Rows with these I32 numbers.
    Value rows(Value table, GraphTensor which) {
        use(table.tensor());
        return record(
                ops.rows(table.tensor(), which),
                table.wanted(),
                dy -> give(table, back.rows(dy, which, table.tensor())));
    }

    /// Numbers of a matrix in single precision, when it was not.
    GraphTensor dense(Matrix matrix) {
        if (matrix.plain()) {
            return matrix.stored();
        }
        long rows = matrix.stored().dimension(1);
        return ops.rows(matrix.stored(), ops.view(numbers, rows, 1, 1, rows * Integer.BYTES, rows * Integer.BYTES));
    }

    /// Adds to what was added up for a parameter, or makes a step of it, so that nothing may read it any more.
    void accumulate(Trainable trained, GraphTensor gradient) {
        GraphTensor like = trained.weights();
        GraphTensor shaped = ops.reshape(gradient, like.dimension(0), like.dimension(1), like.dimension(2));
        GraphTensor sum = trained.gradient();
        if (sum == null) {
            optimizer.measure(this, shaped);
            optimizer.make(this, trained, shaped);
        } else {
            use(back.addTo(sum, shaped));
        }
    }

    /// Has a node computed next, if it was not yet.
    void use(GraphTensor node) {
        GraphOps.add(graph, node);
    }

    Value record(GraphTensor result, boolean wanted, Consumer<GraphTensor> step) {
        Value value = new Value(result, wanted);
        if (recording && wanted) {
            steps.push(() -> {
                @Nullable GraphTensor gradient = value.gradient();
                if (gradient != null) {
                    step.accept(gradient);
                }
            });
        }
        return value;
    }

    /// Adds to the gradient of a value, if anybody wants it.
    void give(Value value, GraphTensor gradient) {
        if (value.wanted()) {
            @Nullable GraphTensor before = value.gradient();
            GraphTensor sum = before == null ? gradient : ops.add(before, gradient);
            use(sum);
            value.setGradient(sum);
        }
    }

    GraphTensor turned(GraphTensor a) {
        return onCpu ? back.turned(a) : ops.contiguous(ops.permute(a, 1, 0, 2));
    }

    /// Turned and in single precision.
    private GraphTensor turned(Matrix matrix) {
        return onCpu ? back.turned(matrix.stored()) : turned(dense(matrix));
    }

    /// Turned once for all who need it.
    private GraphTensor turned(Value value) {
        @Nullable GraphTensor known = value.turned();
        if (known == null) {
            known = turned(value.tensor());
            value.setTurned(known);
        }
        return known;
    }

    /// `{size, heads, n}` and `{size, n, heads}` are turned into each other.
    GraphTensor byHead(GraphTensor a) {
        return ops.contiguous(ops.permute(a, 0, 2, 1));
    }

    /// Several heads of queries look at one of keys, which gets all their gradients.
    GraphTensor grouped(GraphTensor a, long heads) {
        long size = a.dimension(0);
        long rows = a.dimension(1);
        if (a.dimension(2) == heads) {
            return a;
        }
        GraphTensor groups = ops.reshape(a, size * rows, a.dimension(2) / heads, heads);
        return ops.reshape(back.fold(groups, size * rows, 1, heads), size, rows, heads);
    }
}
