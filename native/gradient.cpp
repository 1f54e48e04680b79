// Nodes of graphs of our own that only training needs: ggml's derivatives and its optimizer, guarded.
#include "vlm4j.h"

#include "guard.hpp"

#include <algorithm>
#include <vector>

namespace {

// A tensor, or NULL.
template <typename Work>
ggml_tensor * tensor(Work && work) {
    return vlm4j::guarded<ggml_tensor *>(nullptr, std::forward<Work>(work));
}

int rope_type(bool neox) { return neox ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL; }

constexpr int64_t TILE = 16; // floats of a cache line

// Threads take stretches of columns of the result, so that none writes into another's cache lines.
void turn(ggml_tensor * result, int ith, int nth, void *) {
    const ggml_tensor * a      = result->src[0];
    const int64_t       width  = a->ne[0];
    const int64_t       rows   = a->ne[1];
    const auto          to_f32 = ggml_get_type_traits(a->type)->to_float;
    const int64_t       tiles  = (rows + TILE - 1) / TILE;
    std::vector<float>  buffer(a->type == GGML_TYPE_F32 ? 0 : static_cast<size_t>(TILE * width));
    for (int64_t tile = ith; tile < tiles * a->ne[2]; tile += nth) {
        const int64_t plane = tile / tiles;
        const int64_t first = tile % tiles * TILE;
        const int64_t count = std::min(TILE, rows - first);
        const float * source[TILE];
        for (int64_t row = 0; row < count; row++) {
            const char * stored = static_cast<const char *>(a->data) + (first + row) * a->nb[1] + plane * a->nb[2];
            if (a->type == GGML_TYPE_F32) {
                source[row] = reinterpret_cast<const float *>(stored);
            } else {
                to_f32(stored, buffer.data() + row * width, width);
                source[row] = buffer.data() + row * width;
            }
        }
        float * target = static_cast<float *>(result->data) + plane * width * rows + first;
        if (count == TILE) {
            for (int64_t column = 0; column < width; column++) {
                for (int64_t row = 0; row < TILE; row++) {
                    target[column * rows + row] = source[row][column];
                }
            }
        } else {
            for (int64_t column = 0; column < width; column++) {
                for (int64_t row = 0; row < count; row++) {
                    target[column * rows + row] = source[row][column];
                }
            }
        }
    }
}

void square_sum(ggml_tensor * result, int ith, int, void *) {
    if (ith != 0) {
        return;
    }
    const ggml_tensor * a       = result->src[0];
    const float *       numbers = static_cast<const float *>(a->data);
    const int64_t       count   = ggml_nelements(a);
    double              sums[TILE] = {};
    int64_t             i          = 0;
    for (; i + TILE <= count; i += TILE) {
        for (int64_t j = 0; j < TILE; j++) {
            sums[j] += static_cast<double>(numbers[i + j]) * numbers[i + j];
        }
    }
    for (; i < count; i++) {
        sums[0] += static_cast<double>(numbers[i]) * numbers[i];
    }
    double sum = 0;
    for (const double part : sums) {
        sum += part;
    }
    *static_cast<float *>(result->data) = static_cast<float>(sum);
}

} // namespace

ggml_tensor * vlm4j_op_turned(ggml_context * c, ggml_tensor * a) {
    return tensor([&]() -> ggml_tensor * {
        GGML_ASSERT(a->ne[3] == 1 && a->nb[0] == ggml_type_size(a->type));
        GGML_ASSERT(a->type == GGML_TYPE_F32 || ggml_get_type_traits(a->type)->to_float != nullptr);
        return ggml_custom_4d(c, GGML_TYPE_F32, a->ne[1], a->ne[0], a->ne[2], 1, &a, 1, turn, GGML_N_TASKS_MAX, nullptr);
    });
}
ggml_tensor * vlm4j_op_square_sum(ggml_context * c, ggml_tensor * a) {
    return tensor([&] {
        GGML_ASSERT(a->type == GGML_TYPE_F32 && ggml_is_contiguous(a));
        return ggml_custom_4d(c, GGML_TYPE_F32, 1, 1, 1, 1, &a, 1, square_sum, 1, nullptr);
    });
}
ggml_tensor * vlm4j_op_pad_rows(ggml_context * c, ggml_tensor * a, int32_t rows) {
    return tensor([&] { return ggml_pad(c, a, 0, rows, 0, 0); });
}
ggml_tensor * vlm4j_op_add_to(ggml_context * c, ggml_tensor * sum, ggml_tensor * a) {
    return tensor([&] { return ggml_add_inplace(c, sum, a); });
}
ggml_tensor * vlm4j_op_scale_in_place(ggml_context * c, ggml_tensor * a, float factor) {
    return tensor([&] { return ggml_scale_inplace(c, a, factor); });
}

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
