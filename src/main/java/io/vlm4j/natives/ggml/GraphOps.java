package io.vlm4j.natives.ggml;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Makes the nodes of a graph, and the graph. Nothing is computed here.
///
/// Dimensions are in ggml's order: 0 runs fastest, and is the width of a row. Operands whose shapes do not fit are
/// a [Vlm4jException.NativeAbort].
///
/// @param context where the nodes are described, of [GraphMemory#descriptions]
public record GraphOps(MemorySegment context) {
    /// Functions of one number that every backend computes in single precision. ggml's other forms of GELU are
    /// none: a CPU reads them from tables of half precision.
    public enum Unary {
        RELU,
        GELU_ERF,
        SILU,
        SIGMOID,
        EXP,
        ABS,
        SIGN
    }

    /// A new graph for at most this many nodes.
    public MemorySegment graph(int nodes) {
        MemorySegment graph = ShimH.vlm4j_graph_create(context, nodes);
        if (graph.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot make a graph of " + nodes, Shim.NO_LOG, context);
        }
        return graph;
    }

    /// Adds a node, and before it all that it needs, to a graph.
    public static void add(MemorySegment graph, GraphTensor node) {
        Shim.check(ShimH.vlm4j_graph_add(graph, node.segment()), "cannot add to a graph");
    }

    /// A tensor that is written before each computation.
    public GraphTensor input(String name, int type, long... ne) {
        GraphTensor tensor = GraphMemory.tensor(context, name, type, ne);
        GgmlH.ggml_set_input(tensor.segment());
        return tensor;
    }

    /// Keeps a node's data until the next computation, so that they can be read.
    public static GraphTensor output(GraphTensor node) {
        GgmlH.ggml_set_output(node.segment());
        return node;
    }

    public GraphTensor apply(Unary function, GraphTensor a) {
        int op = switch (function) {
            case RELU -> GgmlH.GGML_UNARY_OP_RELU();
            case GELU_ERF -> GgmlH.GGML_UNARY_OP_GELU_ERF();
            case SILU -> GgmlH.GGML_UNARY_OP_SILU();
            case SIGMOID -> GgmlH.GGML_UNARY_OP_SIGMOID();
            case EXP -> GgmlH.GGML_UNARY_OP_EXP();
            case ABS -> GgmlH.GGML_UNARY_OP_ABS();
            case SIGN -> GgmlH.GGML_UNARY_OP_SGN();
        };
        return checked(ShimH.vlm4j_op_unary(context, a.segment(), op), "function");
    }

    /// `function(gate) * up`, element by element.
    ///
    /// @throws IllegalArgumentException for a function that ggml has no gate of
    public GraphTensor gate(Unary function, GraphTensor gate, GraphTensor up) {
        int op = switch (function) {
            case RELU -> GgmlH.GGML_GLU_OP_REGLU();
            case GELU_ERF -> GgmlH.GGML_GLU_OP_GEGLU_ERF();
            case SILU -> GgmlH.GGML_GLU_OP_SWIGLU();
            case SIGMOID, EXP, ABS, SIGN -> throw new IllegalArgumentException("there is no gate with " + function);
        };
        return checked(ShimH.vlm4j_op_glu(context, gate.segment(), up.segment(), op), "gate");
    }

    public GraphTensor square(GraphTensor a) {
        return checked(ShimH.vlm4j_op_square(context, a.segment()), "square");
    }

    public GraphTensor scale(GraphTensor a, float factor) {
        return checked(ShimH.vlm4j_op_scale(context, a.segment(), factor), "scale");
    }

    /// `b` may be a row that is added to every row of `a`.
    public GraphTensor add(GraphTensor a, GraphTensor b) {
        return checked(ShimH.vlm4j_op_add(context, a.segment(), b.segment()), "sum");
    }

    /// `b` may be a row that every row of `a` is multiplied with.
    public GraphTensor multiply(GraphTensor a, GraphTensor b) {
        return checked(ShimH.vlm4j_op_multiply(context, a.segment(), b.segment()), "product");
    }

    /// The products of all rows of `a` with all rows of `matrix`: `{in, out} x {in, n} -> {out, n}`.
    public GraphTensor matrixProduct(GraphTensor matrix, GraphTensor a) {
        return checked(ShimH.vlm4j_op_matrix_product(context, matrix.segment(), a.segment()), "matrix product");
    }

    /// Each row less its mean, divided by its deviation.
    public GraphTensor norm(GraphTensor a, float epsilon) {
        return checked(ShimH.vlm4j_op_norm(context, a.segment(), epsilon), "norm");
    }

    /// Each row divided by its root mean square.
    public GraphTensor rmsNorm(GraphTensor a, float epsilon) {
        return checked(ShimH.vlm4j_op_rms_norm(context, a.segment(), epsilon), "RMS norm");
    }

    /// Each row divided by its length.
    public GraphTensor l2Norm(GraphTensor a, float epsilon) {
        return checked(ShimH.vlm4j_op_l2_norm(context, a.segment(), epsilon), "L2 norm");
    }

    /// Probabilities of `scale * scores + mask` in each row.
    public GraphTensor softMax(GraphTensor scores, @Nullable GraphTensor mask, float scale) {
        return checked(ShimH.vlm4j_op_soft_max(context, scores.segment(), pointer(mask), scale), "soft max");
    }

    /// Turns the first `dimensions` numbers of each head by angles that grow with its position.
    ///
    /// @param a         `{head size, heads, n}`
    /// @param positions `{n}` I32
    /// @param factors   divide the frequencies; or null
    /// @param halves    whether pairs are (i, i + dimensions / 2), and not (2i, 2i + 1)
    public GraphTensor rope(
            GraphTensor a,
            GraphTensor positions,
            @Nullable GraphTensor factors,
            int dimensions,
            boolean halves,
            float base,
            float scale) {
        return checked(
                ShimH.vlm4j_op_rope(
                        context, a.segment(), positions.segment(), pointer(factors), dimensions, halves, base, scale),
                "rotary positions");
    }

    /// The rows of a table with these I32 numbers, as F32.
    public GraphTensor rows(GraphTensor table, GraphTensor numbers) {
        return checked(ShimH.vlm4j_op_rows(context, table.segment(), numbers.segment()), "rows");
    }

    /// Writes the rows of `a` over the rows of a table with these I64 numbers.
    public GraphTensor putRows(GraphTensor table, GraphTensor a, GraphTensor numbers) {
        return checked(
                ShimH.vlm4j_op_put_rows(context, table.segment(), a.segment(), numbers.segment()), "rows to write");
    }

    /// The rows of `a`, then those of `b`.
    public GraphTensor append(GraphTensor a, GraphTensor b) {
        return checked(ShimH.vlm4j_op_append(context, a.segment(), b.segment()), "concatenation");
    }

    public GraphTensor reshape(GraphTensor a, long ne0, long ne1, long ne2) {
        return checked(ShimH.vlm4j_op_reshape(context, a.segment(), ne0, ne1, ne2), "reshape");
    }

    /// A part of `a` from its beginning on.
    ///
    /// @param nb1 bytes from one row to the next
    /// @param nb2 bytes from one plane to the next
    public GraphTensor view(GraphTensor a, long ne0, long ne1, long ne2, long nb1, long nb2) {
        return checked(ShimH.vlm4j_op_view(context, a.segment(), ne0, ne1, ne2, nb1, nb2, 0), "view");
    }

    /// So many rows of a contiguous F32 tensor from row `first` on.
    public GraphTensor rowsFrom(GraphTensor a, long first, long count) {
        long width = a.dimension(0);
        long bytes = width * Float.BYTES;
        return checked(
                ShimH.vlm4j_op_view(context, a.segment(), width, count, 1, bytes, bytes * count, first * bytes),
                "view");
    }

    /// The same of a tensor of bytes.
    public GraphTensor bytesFrom(GraphTensor a, long first, long count) {
        long width = a.dimension(0);
        return checked(
                ShimH.vlm4j_op_view(context, a.segment(), width, count, 1, width, width * count, first * width),
                "view");
    }

    /// So many columns of each row of a contiguous F32 matrix from column `first` on.
    public GraphTensor columnsFrom(GraphTensor a, long first, long count) {
        long bytes = a.dimension(0) * Float.BYTES;
        long rows = a.dimension(1);
        return checked(
                ShimH.vlm4j_op_view(context, a.segment(), count, rows, 1, bytes, bytes * rows, first * Float.BYTES),
                "view");
    }

    /// Axis 0 becomes axis `axis0`, and so on; nothing is moved.
    public GraphTensor permute(GraphTensor a, int axis0, int axis1, int axis2) {
        return checked(ShimH.vlm4j_op_permute(context, a.segment(), axis0, axis1, axis2), "permutation");
    }

    /// A copy whose elements follow each other.
    public GraphTensor contiguous(GraphTensor a) {
        return checked(ShimH.vlm4j_op_contiguous(context, a.segment()), "copy");
    }

    private static MemorySegment pointer(@Nullable GraphTensor tensor) {
        return tensor == null ? MemorySegment.NULL : tensor.segment();
    }

    static GraphTensor checked(MemorySegment tensor, String what) {
        if (tensor.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot describe a " + what, Shim.NO_LOG);
        }
        return GraphTensor.at(tensor);
    }
}
