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

// Products of F32 matrices, which may be read along their columns without being turned first. ggml's product adds up
// lanes at the end of each number, which takes as long as a short sum itself; here each lane is a number of the result.
#if defined(__x86_64__) && defined(__GNUC__)
#define VLM4J_HAS_PRODUCT 1

constexpr int64_t ROWS    = 12; // of the result at once, with
constexpr int64_t COLUMNS = 32; // columns: 24 registers of 16 floats
constexpr int64_t DEPTH   = 256; // numbers added up before they are stored, so that a panel stays in the first cache
constexpr int64_t BLOCK   = 32 * ROWS;

typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

enum Layout : intptr_t {
    ALONG_ROWS    = 0, // {k, m} and {k, n} -> {m, n}
    ALONG_COLUMNS = 1, // {m, k} and {k, n} -> {m, n}
    OUTER         = 2, // {m, k} and {n, k} -> {m, n}
};

// result[r][c] = sum over l of s[r * row + l * step] * q[l][c]
__attribute__((target("avx512f"))) void tile(const float * s, int64_t row, int64_t step, const float * q, int64_t depth, float * result) {
    lanes         sums[ROWS][2] = {};
    const float * parts[4]      = {s, s + 3 * row, s + 6 * row, s + 9 * row};
    for (int64_t l = 0; l < depth; l++) {
        const lanes left  = *reinterpret_cast<const lanes *>(q + l * COLUMNS);
        const lanes right = *reinterpret_cast<const lanes *>(q + l * COLUMNS + COLUMNS / 2);
#pragma GCC unroll 4
        for (int part = 0; part < 4; part++) {
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++) {
                const float factor = parts[part][i * row];
                sums[part * 3 + i][0] += left * factor;
                sums[part * 3 + i][1] += right * factor;
            }
            parts[part] += step;
        }
    }
#pragma GCC unroll 12
    for (int64_t r = 0; r < ROWS; r++) {
        *reinterpret_cast<lanes *>(result + r * COLUMNS)               = sums[r][0];
        *reinterpret_cast<lanes *>(result + r * COLUMNS + COLUMNS / 2) = sums[r][1];
    }
}

// {m, k}, some rows and columns of it, as rows of `wide` floats with zeros behind.
void pack(const float * source, int64_t stride, int64_t rows, int64_t columns, int64_t wide, float * target) {
    for (int64_t l = 0; l < rows; l++) {
        std::copy_n(source + l * stride, columns, target + l * wide);
        std::fill_n(target + l * wide + columns, wide - columns, 0.0f);
    }
}

// Rows of {k, m} as columns.
void pack_turned(const float * source, int64_t stride, int64_t depth, int64_t columns, float * target) {
    for (int64_t first = 0; first < depth; first += TILE) {
        const int64_t last = std::min(depth, first + TILE);
        for (int64_t c = 0; c < COLUMNS; c++) {
            for (int64_t l = first; l < last; l++) {
                target[l * COLUMNS + c] = c < columns ? source[c * stride + l] : 0.0f;
            }
        }
    }
}

// Threads take panels of columns, so a number does not depend on how many threads there are.
void product(ggml_tensor * result, int ith, int nth, void * layout_of) {
    const auto          layout = static_cast<Layout>(reinterpret_cast<intptr_t>(layout_of));
    const ggml_tensor * a      = result->src[0];
    const ggml_tensor * b      = result->src[1];
    const float *       q      = static_cast<const float *>(a->data);
    const float *       s      = static_cast<const float *>(b->data);
    float *             c      = static_cast<float *>(result->data);
    const int64_t       m      = result->ne[0];
    const int64_t       n      = result->ne[1];
    const int64_t       k      = layout == ALONG_ROWS ? a->ne[0] : a->ne[1];
    const int64_t       q_row  = a->nb[1] / sizeof(float);
    const int64_t       s_row  = b->nb[1] / sizeof(float);
    const int64_t       block  = layout == OUTER ? BLOCK : n;

    thread_local std::vector<float> panel(DEPTH * COLUMNS);
    thread_local std::vector<float> packed(DEPTH * BLOCK);
    float                           sums[ROWS * COLUMNS];
    float                           rest[ROWS * DEPTH];
    for (int64_t l0 = 0; l0 < k; l0 += DEPTH) {
        const int64_t depth = std::min(DEPTH, k - l0);
        for (int64_t i0 = 0; i0 < n; i0 += block) {
            const int64_t i1 = std::min(n, i0 + block);
            if (layout == OUTER) {
                for (int64_t i = i0; i < i1; i += ROWS) {
                    pack(s + l0 * s_row + i, s_row, depth, std::min(ROWS, i1 - i), ROWS, packed.data() + (i - i0) * DEPTH);
                }
            }
            for (int64_t j0 = ith * COLUMNS; j0 < m; j0 += nth * COLUMNS) {
                const int64_t columns = std::min(COLUMNS, m - j0);
                if (layout == ALONG_ROWS) {
                    pack_turned(q + j0 * q_row + l0, q_row, depth, columns, panel.data());
                } else {
                    pack(q + l0 * q_row + j0, q_row, depth, columns, COLUMNS, panel.data());
                }
                for (int64_t i = i0; i < i1; i += ROWS) {
                    const int64_t rows = std::min(ROWS, i1 - i);
                    if (layout == OUTER) {
                        tile(packed.data() + (i - i0) * DEPTH, 1, ROWS, panel.data(), depth, sums);
                    } else if (rows == ROWS) {
                        tile(s + i * s_row + l0, s_row, 1, panel.data(), depth, sums);
                    } else {
                        for (int64_t r = 0; r < ROWS; r++) {
                            std::copy_n(s + (i + std::min(r, rows - 1)) * s_row + l0, depth, rest + r * DEPTH);
                        }
                        tile(rest, DEPTH, 1, panel.data(), depth, sums);
                    }
                    for (int64_t r = 0; r < rows; r++) {
                        float *       target = c + (i + r) * m + j0;
                        const float * sum    = sums + r * COLUMNS;
                        if (l0 == 0) {
                            std::copy_n(sum, columns, target);
                        } else {
                            for (int64_t j = 0; j < columns; j++) {
                                target[j] += sum[j];
                            }
                        }
                    }
                }
            }
        }
    }
}
#endif

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
ggml_tensor * vlm4j_op_product(ggml_context * c, ggml_tensor * a, ggml_tensor * b, int32_t layout) {
    return tensor([&]() -> ggml_tensor * {
        GGML_ASSERT(layout >= 0 && layout <= 2);
        GGML_ASSERT(a->type == GGML_TYPE_F32 && a->nb[0] == sizeof(float) && a->ne[2] == 1 && a->ne[3] == 1);
        GGML_ASSERT(b->type == GGML_TYPE_F32 && b->nb[0] == sizeof(float) && b->ne[2] == 1 && b->ne[3] == 1);
        GGML_ASSERT(a->ne[layout == 0 ? 0 : 1] == b->ne[layout == 2 ? 1 : 0]);
#ifdef VLM4J_HAS_PRODUCT
        if (__builtin_cpu_supports("avx512f")) {
            ggml_tensor * sources[] = {a, b};
            return ggml_custom_4d(c, GGML_TYPE_F32, a->ne[layout == 0 ? 1 : 0], b->ne[layout == 2 ? 0 : 1], 1, 1, sources, 2, product,
                                  GGML_N_TASKS_MAX, reinterpret_cast<void *>(static_cast<intptr_t>(layout)));
        }
#endif
        ggml_tensor * left  = layout == 0 ? a : vlm4j_op_turned(c, a);
        ggml_tensor * right = layout == 2 ? vlm4j_op_turned(c, b) : b;
        return ggml_mul_mat(c, left, right);
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
