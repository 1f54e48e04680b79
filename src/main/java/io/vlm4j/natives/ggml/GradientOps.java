package io.vlm4j.natives.ggml;

import io.vlm4j.bindings.shim.ShimH;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Makes the nodes of a graph that only training needs: derivatives of those of [GraphOps], and the optimizer. A
/// gradient has the shape of what it belongs to.
///
/// Dimensions are in ggml's order. Operands whose shapes do not fit are a [Vlm4jException.NativeAbort].
///
/// @param context where the nodes are described, of [GraphMemory#descriptions]
public record GradientOps(MemorySegment context) {
    /// Writes `a` over a tensor that has data of its own.
    public GraphTensor copy(GraphTensor a, GraphTensor target) {
        return GraphOps.checked(ShimH.vlm4j_op_copy(context, a.segment(), target.segment()), "copy");
    }

    public GraphTensor divide(GraphTensor a, GraphTensor b) {
        return GraphOps.checked(ShimH.vlm4j_op_divide(context, a.segment(), b.segment()), "quotient");
    }

    /// `factor * a + bias`.
    public GraphTensor affine(GraphTensor a, float factor, float bias) {
        return GraphOps.checked(ShimH.vlm4j_op_affine(context, a.segment(), factor, bias), "affine function");
    }

    /// One number: all of `a` added up.
    public GraphTensor sum(GraphTensor a) {
        return GraphOps.checked(ShimH.vlm4j_op_sum(context, a.segment()), "sum");
    }

    /// The squares of all numbers of a contiguous F32 tensor, added up. The CPU computes it.
    public GraphTensor squareSum(GraphTensor a) {
        return GraphOps.checked(ShimH.vlm4j_op_square_sum(context, a.segment()), "sum of squares");
    }

    /// The rows of each plane as its columns, in F32 whatever they were, `{ne0, ne1, ne2} -> {ne1, ne0, ne2}`. The CPU
    /// computes it, twice as fast as a contiguous permutation.
    public GraphTensor turned(GraphTensor a) {
        return GraphOps.checked(ShimH.vlm4j_op_turned(context, a.segment()), "turned matrix");
    }

    /// `{k, m}, {k, n} -> {m, n}`, of matrices in F32. The CPU computes it, faster than [GraphOps#matrixProduct].
    public GraphTensor product(GraphTensor a, GraphTensor b) {
        return product(a, b, 0);
    }

    /// `{m, k}, {k, n} -> {m, n}`: the product with the turned matrix. The CPU computes it.
    public GraphTensor turnedProduct(GraphTensor a, GraphTensor b) {
        return product(a, b, 1);
    }

    /// `{m, k}, {n, k} -> {m, n}`: the outer products of rows, added up. The CPU computes it.
    public GraphTensor outerProduct(GraphTensor a, GraphTensor b) {
        return product(a, b, 2);
    }

    /// How many numbers of [#product] are computed at once: 16 with AVX-512, 8 with AVX2, 1 where it is ggml's.
    public static int productWidth() {
        return ShimH.vlm4j_product_width();
    }

    /// [#product], [#turnedProduct] or [#outerProduct], as a lesser processor would compute it.
    ///
    /// @param layout 0, 1 or 2
    /// @param width  at most [#productWidth()]
    public GraphTensor productOf(GraphTensor a, GraphTensor b, int layout, int width) {
        return GraphOps.checked(ShimH.vlm4j_op_product_of(context, a.segment(), b.segment(), layout, width), "product");
    }

    private GraphTensor product(GraphTensor a, GraphTensor b, int layout) {
        return GraphOps.checked(ShimH.vlm4j_op_product(context, a.segment(), b.segment(), layout), "product");
    }

    /// So many rows of zeros behind those of each plane.
    public GraphTensor padRows(GraphTensor a, int rows) {
        return GraphOps.checked(ShimH.vlm4j_op_pad_rows(context, a.segment(), rows), "padding");
    }

    /// Adds `a` to a tensor that has data of its own, which is changed.
    public GraphTensor addTo(GraphTensor sum, GraphTensor a) {
        return GraphOps.checked(ShimH.vlm4j_op_add_to(context, sum.segment(), a.segment()), "sum");
    }

    /// Multiplies a tensor that has data of its own, which is changed.
    public GraphTensor scaleInPlace(GraphTensor a, float factor) {
        return GraphOps.checked(ShimH.vlm4j_op_scale_in_place(context, a.segment(), factor), "product");
    }

    /// Adds up what would be repetitions of a tensor of this shape.
    public GraphTensor fold(GraphTensor a, long ne0, long ne1, long ne2) {
        return GraphOps.checked(ShimH.vlm4j_op_fold(context, a.segment(), ne0, ne1, ne2), "fold");
    }

    /// The gradient of the argument of [GraphOps.Unary#SILU].
    public GraphTensor silu(GraphTensor gradient, GraphTensor a) {
        return GraphOps.checked(ShimH.vlm4j_op_silu_back(context, gradient.segment(), a.segment()), "gradient");
    }

    /// The gradient of the scores of [GraphOps#softMax].
    ///
    /// @param probabilities what it gave
    public GraphTensor softMax(GraphTensor gradient, GraphTensor probabilities, float scale) {
        return GraphOps.checked(
                ShimH.vlm4j_op_soft_max_back(context, gradient.segment(), probabilities.segment(), scale), "gradient");
    }

    /// The gradient of the argument of [GraphOps#rmsNorm].
    public GraphTensor rmsNorm(GraphTensor gradient, GraphTensor a, float epsilon) {
        return GraphOps.checked(
                ShimH.vlm4j_op_rms_norm_back(context, gradient.segment(), a.segment(), epsilon), "gradient");
    }

    /// The gradient of the argument of [GraphOps#rope].
    public GraphTensor rope(
            GraphTensor gradient,
            GraphTensor positions,
            @Nullable GraphTensor factors,
            int dimensions,
            boolean halves,
            float base,
            float scale) {
        return GraphOps.checked(
                ShimH.vlm4j_op_rope_back(
                        context,
                        gradient.segment(),
                        positions.segment(),
                        factors == null ? MemorySegment.NULL : factors.segment(),
                        dimensions,
                        halves,
                        base,
                        scale),
                "gradient");
    }

    /// The gradient of the table of [GraphOps#rows].
    ///
    /// @param table gives its shape
    public GraphTensor rows(GraphTensor gradient, GraphTensor numbers, GraphTensor table) {
        return GraphOps.checked(
                ShimH.vlm4j_op_rows_back(context, gradient.segment(), numbers.segment(), table.segment()), "gradient");
    }

    /// One number: the mean over the rows of what each loses.
    ///
    /// @param labels a one in each row, else zeros
    public GraphTensor crossEntropy(GraphTensor logits, GraphTensor labels) {
        return GraphOps.checked(ShimH.vlm4j_op_cross_entropy(context, logits.segment(), labels.segment()), "loss");
    }

    /// The gradient of the logits of [#crossEntropy].
    ///
    /// @param gradient one number
    public GraphTensor crossEntropyBack(GraphTensor logits, GraphTensor labels, GraphTensor gradient) {
        return GraphOps.checked(
                ShimH.vlm4j_op_cross_entropy_back(context, logits.segment(), labels.segment(), gradient.segment()),
                "gradient");
    }

    /// A step of AdamW, as PyTorch's: changes `weights`, `m` and `v`.
    ///
    /// @param settings seven numbers: rate, beta 1, beta 2, epsilon, decay, and `1 / (1 - beta^step)` of both betas
    public GraphTensor adamW(
            GraphTensor weights, GraphTensor gradient, GraphTensor m, GraphTensor v, GraphTensor settings) {
        return GraphOps.checked(
                ShimH.vlm4j_op_adamw(
                        context, weights.segment(), gradient.segment(), m.segment(), v.segment(), settings.segment()),
                "step");
    }

    /// The same with moments in 8 bits.
    ///
    /// @param m       codes, as many as weights; begins with zeros, as all that it changes
    /// @param mScales one for each 256 codes
    public GraphTensor adamW8Bit(
            GraphTensor weights,
            GraphTensor gradient,
            GraphTensor m,
            GraphTensor mScales,
            GraphTensor v,
            GraphTensor vScales,
            GraphTensor settings) {
        return GraphOps.checked(
                ShimH.vlm4j_op_adamw_8bit(
                        context,
                        weights.segment(),
                        gradient.segment(),
                        m.segment(),
                        mScales.segment(),
                        v.segment(),
                        vScales.segment(),
                        settings.segment()),
                "step");
    }
}
