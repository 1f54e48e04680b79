// Nodes of graphs of our own that only training needs: ggml's derivatives and its optimizer, guarded.
#include "vlm4j.h"

#include "guard.hpp"

namespace {

// A tensor, or NULL.
template <typename Work>
ggml_tensor * tensor(Work && work) {
    return vlm4j::guarded<ggml_tensor *>(nullptr, std::forward<Work>(work));
}

int rope_type(bool neox) { return neox ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL; }

} // namespace

ggml_tensor * vlm4j_op_copy(ggml_context * c, ggml_tensor * a, ggml_tensor * target) {
    return tensor([&] { return ggml_cpy(c, a, target); });
}
ggml_tensor * vlm4j_op_divide(ggml_context * c, ggml_tensor * a, ggml_tensor * b) {
    return tensor([&] { return ggml_div(c, a, b); });
}
ggml_tensor * vlm4j_op_affine(ggml_context * c, ggml_tensor * a, float factor, float bias) {
    return tensor([&] { return ggml_scale_bias(c, a, factor, bias); });
}
ggml_tensor * vlm4j_op_sum(ggml_context * c, ggml_tensor * a) {
    return tensor([&] { return ggml_sum(c, a); });
}
ggml_tensor * vlm4j_op_fold(ggml_context * c, ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2) {
    return tensor([&] { return ggml_repeat_back(c, a, ggml_new_tensor_3d(c, GGML_TYPE_F32, ne0, ne1, ne2)); });
}
ggml_tensor * vlm4j_op_silu_back(ggml_context * c, ggml_tensor * gradient, ggml_tensor * a) {
    return tensor([&] { return ggml_silu_back(c, gradient, a); });
}
ggml_tensor * vlm4j_op_soft_max_back(ggml_context * c, ggml_tensor * gradient, ggml_tensor * probabilities, float scale) {
    return tensor([&] { return ggml_soft_max_ext_back(c, gradient, probabilities, scale, 0); });
}
ggml_tensor * vlm4j_op_rms_norm_back(ggml_context * c, ggml_tensor * gradient, ggml_tensor * a, float epsilon) {
    return tensor([&] { return ggml_rms_norm_back(c, gradient, a, epsilon); });
}
ggml_tensor * vlm4j_op_rope_back(ggml_context * c, ggml_tensor * gradient, ggml_tensor * positions, ggml_tensor * factors, int32_t n_dims,
                                 bool neox, float base, float scale) {
    return tensor([&] { return ggml_rope_ext_back(c, gradient, positions, factors, n_dims, rope_type(neox), 0, base, scale, 0, 1, 32, 1); });
}
ggml_tensor * vlm4j_op_rows_back(ggml_context * c, ggml_tensor * gradient, ggml_tensor * rows, ggml_tensor * table) {
    return tensor([&] { return ggml_get_rows_back(c, gradient, rows, table); });
}
ggml_tensor * vlm4j_op_cross_entropy(ggml_context * c, ggml_tensor * logits, ggml_tensor * labels) {
    return tensor([&] { return ggml_cross_entropy_loss(c, logits, labels); });
}
ggml_tensor * vlm4j_op_cross_entropy_back(ggml_context * c, ggml_tensor * logits, ggml_tensor * labels, ggml_tensor * gradient) {
    return tensor([&] { return ggml_cross_entropy_loss_back(c, gradient, logits, labels); });
}
ggml_tensor * vlm4j_op_adamw(ggml_context * c, ggml_tensor * weights, ggml_tensor * gradient, ggml_tensor * m, ggml_tensor * v,
                             ggml_tensor * settings) {
    return tensor([&] {
        ggml_set_param(weights);
        return ggml_opt_step_adamw(c, weights, gradient, m, v, settings);
    });
}
