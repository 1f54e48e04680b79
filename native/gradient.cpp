// Nodes of graphs of our own that only training needs: ggml's derivatives and its optimizer, guarded.
#include "vlm4j.h"

#include "guard.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
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

constexpr int64_t DEPTH = 256; // numbers added up before they are stored, so that a panel stays in the first cache
constexpr int64_t BLOCK = 384; // rows of the result for which those of an outer product are packed at once

typedef float floats_16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef float floats_8 __attribute__((vector_size(32), aligned(4), may_alias));

enum Layout : intptr_t {
    ALONG_ROWS    = 0, // {k, m} and {k, n} -> {m, n}
    ALONG_COLUMNS = 1, // {m, k} and {k, n} -> {m, n}
    OUTER         = 2, // {m, k} and {n, k} -> {m, n}
};

// result[r][c] = sum over l of s[r * row + l * step] * q[l][c], for a few rows of the result and two registers of columns.
template <typename Processor>
inline __attribute__((always_inline)) void tile(const float * s, int64_t row, int64_t step, const float * q, int64_t depth, float * result) {
    typedef typename Processor::lanes lanes;
    constexpr int                     PARTS = Processor::ROWS / 3; // each with an address of its own
    lanes                             sums[Processor::ROWS][2] = {};
    const float *                     parts[PARTS];
    for (int part = 0; part < PARTS; part++) {
        parts[part] = s + 3 * part * row;
    }
    for (int64_t l = 0; l < depth; l++) {
        const lanes left  = *reinterpret_cast<const lanes *>(q + l * Processor::COLUMNS);
        const lanes right = *reinterpret_cast<const lanes *>(q + l * Processor::COLUMNS + Processor::COLUMNS / 2);
#pragma GCC unroll 4
        for (int part = 0; part < PARTS; part++) {
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
    for (int64_t r = 0; r < Processor::ROWS; r++) {
        *reinterpret_cast<lanes *>(result + r * Processor::COLUMNS)                           = sums[r][0];
        *reinterpret_cast<lanes *>(result + r * Processor::COLUMNS + Processor::COLUMNS / 2) = sums[r][1];
    }
}

struct Avx512 { // 24 of 32 registers hold sums
    typedef floats_16        lanes;
    static constexpr int64_t ROWS    = 12;
    static constexpr int64_t COLUMNS = 32;
    __attribute__((target("avx512f"))) static void run(const float * s, int64_t row, int64_t step, const float * q, int64_t depth, float * result) {
        tile<Avx512>(s, row, step, q, depth, result);
    }
};

struct Avx2 { // 12 of 16 registers hold sums
    typedef floats_8         lanes;
    static constexpr int64_t ROWS    = 6;
    static constexpr int64_t COLUMNS = 16;
    __attribute__((target("avx2,fma"))) static void run(const float * s, int64_t row, int64_t step, const float * q, int64_t depth, float * result) {
        tile<Avx2>(s, row, step, q, depth, result);
    }
};

// {m, k}, some rows and columns of it, as rows of `wide` floats with zeros behind.
void pack(const float * source, int64_t stride, int64_t rows, int64_t columns, int64_t wide, float * target) {
    for (int64_t l = 0; l < rows; l++) {
        std::copy_n(source + l * stride, columns, target + l * wide);
        std::fill_n(target + l * wide + columns, wide - columns, 0.0f);
    }
}

// Rows of {k, m} as columns.
template <int64_t COLUMNS>
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
template <typename Processor>
void product(ggml_tensor * result, int ith, int nth, void * layout_of) {
    constexpr int64_t   ROWS    = Processor::ROWS;
    constexpr int64_t   COLUMNS = Processor::COLUMNS;
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
                    pack_turned<COLUMNS>(q + j0 * q_row + l0, q_row, depth, columns, panel.data());
                } else {
                    pack(q + l0 * q_row + j0, q_row, depth, columns, COLUMNS, panel.data());
                }
                for (int64_t i = i0; i < i1; i += ROWS) {
                    const int64_t rows = std::min(ROWS, i1 - i);
                    if (layout == OUTER) {
                        Processor::run(packed.data() + (i - i0) * DEPTH, 1, ROWS, panel.data(), depth, sums);
                    } else if (rows == ROWS) {
                        Processor::run(s + i * s_row + l0, s_row, 1, panel.data(), depth, sums);
                    } else {
                        for (int64_t r = 0; r < ROWS; r++) {
                            std::copy_n(s + (i + std::min(r, rows - 1)) * s_row + l0, depth, rest + r * DEPTH);
                        }
                        Processor::run(rest, DEPTH, 1, panel.data(), depth, sums);
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

// Moments of AdamW in 8 bits (Dettmers et al. 2022): blocks of numbers, each a code for its share of the largest of the block.
constexpr int64_t CODES       = 256;
constexpr int64_t BLOCK_CODES = 256; // numbers with one scale

// Which shares there are: seven decades, in each twice as many as in the one below, evenly spread; 0 and 1.
struct Shares {
    float   values[CODES];
    float   middles[CODES]; // up to which, inclusive, a share gets the code
    uint8_t first[1 << 16]; // the code of the least share whose upper 16 bits these are; the next one may be that of others

    explicit Shares(bool negative) {
        int n = 0;
        for (int decade = 0; decade < 7; decade++) {
            const int    steps = negative ? 1 << decade : 2 << decade;
            const double unit  = std::pow(10.0, decade - 6);
            for (int i = 0; i < steps; i++) {
                const float value = static_cast<float>(unit * (0.1 + 0.9 * (i + 0.5) / steps));
                values[n++]       = value;
                if (negative) {
                    values[n++] = -value;
                }
            }
        }
        values[n++] = 0;
        values[n++] = 1;
        std::sort(values, values + CODES);
        for (int64_t i = 0; i + 1 < CODES; i++) {
            middles[i] = (values[i] + values[i + 1]) / 2;
        }
        middles[CODES - 1] = INFINITY;
        for (uint32_t upper = 0; upper < (1u << 16); upper++) {
            const uint32_t bits = upper << 16 | (upper >> 15 != 0 ? 0xffffu : 0u);
            float          least;
            std::memcpy(&least, &bits, sizeof least);
            first[upper] = std::isnan(least) ? 0 : static_cast<uint8_t>(std::lower_bound(middles, middles + CODES - 1, least) - middles);
        }
    }

    uint8_t code(float share) const {
        uint32_t bits;
        std::memcpy(&bits, &share, sizeof bits);
        const uint8_t code = first[bits >> 16];
        return static_cast<uint8_t>(code + (share > middles[code] ? 1 : 0));
    }
};

// Threads take blocks of their own. The step is made with what the moments were before they were made codes.
void adamw_8bit(ggml_tensor * result, int ith, int nth, void *) {
    static const Shares firsts(true);
    static const Shares seconds(false);
    float *             weights  = static_cast<float *>(result->src[0]->data);
    const float *       gradient = static_cast<const float *>(result->src[1]->data);
    uint8_t *           m_codes  = static_cast<uint8_t *>(result->src[2]->data);
    float *             m_scales = static_cast<float *>(result->src[3]->data);
    uint8_t *           v_codes  = static_cast<uint8_t *>(result->src[4]->data);
    float *             v_scales = static_cast<float *>(result->src[5]->data);
    const float *       settings = static_cast<const float *>(result->src[6]->data);
    const int64_t       count    = ggml_nelements(result);
    const float         rate = settings[0], beta1 = settings[1], beta2 = settings[2], epsilon = settings[3];
    const float         keep = 1.0f - rate * settings[4], m_factor = settings[5], v_factor = settings[6];
    float               m[BLOCK_CODES];
    float               v[BLOCK_CODES];
    for (int64_t block = ith; block * BLOCK_CODES < count; block += nth) {
        const int64_t begin = block * BLOCK_CODES;
        const int64_t n     = std::min(BLOCK_CODES, count - begin);
        const float * g     = gradient + begin;
        float *       w     = weights + begin;
        float         m_max = 0;
        float         v_max = 0;
        for (int64_t i = 0; i < n; i++) {
            m[i]  = firsts.values[m_codes[begin + i]] * m_scales[block] * beta1 + g[i] * (1.0f - beta1);
            v[i]  = seconds.values[v_codes[begin + i]] * v_scales[block] * beta2 + g[i] * g[i] * (1.0f - beta2);
            m_max = std::max(m_max, std::fabs(m[i]));
            v_max = std::max(v_max, v[i]);
        }
        for (int64_t i = 0; i < n; i++) {
            w[i] = w[i] * keep - rate * (m[i] * m_factor) / (std::sqrt(v[i] * v_factor) + epsilon);
        }
        m_scales[block] = m_max;
        v_scales[block] = v_max;
        for (int64_t i = 0; i < n; i++) {
            m_codes[begin + i] = firsts.code(m_max > 0 ? m[i] / m_max : 0.0f);
            const uint8_t code = seconds.code(v_max > 0 ? v[i] / v_max : 0.0f);
            v_codes[begin + i] = static_cast<uint8_t>(code + (code == 0 && v[i] > 0 ? 1 : 0)); // the next step may divide by its root
        }
    }
}

} // namespace

ggml_tensor * vlm4j_op_turned(ggml_context * c, ggml_tensor * a) {
    return tensor([&]() -> ggml_tensor * {
        GGML_ASSERT(a->ne[3] == 1 && a->nb[0] == ggml_type_size(a->type));
        GGML_ASSERT(a->type == GGML_TYPE_F32 || ggml_get_type_traits(a->type)->to_float != nullptr);
        return ggml_custom_4d(c, GGML_TYPE_F32, a->ne[1], a->ne[0], a->ne[2], 1, &a, 1, turn, GGML_N_TASKS_MAX, nullptr);
    });
}
int32_t vlm4j_product_width(void) {
#ifdef VLM4J_HAS_PRODUCT
    if (__builtin_cpu_supports("avx512f")) {
        return 16;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return 8;
    }
#endif
    return 1;
}
ggml_tensor * vlm4j_op_product(ggml_context * c, ggml_tensor * a, ggml_tensor * b, int32_t layout) {
    return vlm4j_op_product_of(c, a, b, layout, vlm4j_product_width());
}
ggml_tensor * vlm4j_op_product_of(ggml_context * c, ggml_tensor * a, ggml_tensor * b, int32_t layout, int32_t width) {
    return tensor([&]() -> ggml_tensor * {
        GGML_ASSERT(layout >= 0 && layout <= 2);
        GGML_ASSERT((width == 1 || width == 8 || width == 16) && width <= vlm4j_product_width());
        GGML_ASSERT(a->type == GGML_TYPE_F32 && a->nb[0] == sizeof(float) && a->ne[2] == 1 && a->ne[3] == 1);
        GGML_ASSERT(b->type == GGML_TYPE_F32 && b->nb[0] == sizeof(float) && b->ne[2] == 1 && b->ne[3] == 1);
        GGML_ASSERT(a->ne[layout == 0 ? 0 : 1] == b->ne[layout == 2 ? 1 : 0]);
#ifdef VLM4J_HAS_PRODUCT
        if (width > 1) {
            ggml_tensor * sources[] = {a, b};
            return ggml_custom_4d(c, GGML_TYPE_F32, a->ne[layout == 0 ? 1 : 0], b->ne[layout == 2 ? 0 : 1], 1, 1, sources, 2,
                                  width == 16 ? product<Avx512> : product<Avx2>, GGML_N_TASKS_MAX,
                                  reinterpret_cast<void *>(static_cast<intptr_t>(layout)));
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
        weights->flags |= GGML_TENSOR_FLAG_PARAM; // ggml_set_param takes no views
        return ggml_opt_step_adamw(c, weights, gradient, m, v, settings);
    });
}
ggml_tensor * vlm4j_op_adamw_8bit(ggml_context * c, ggml_tensor * weights, ggml_tensor * gradient, ggml_tensor * m, ggml_tensor * m_scales,
                                  ggml_tensor * v, ggml_tensor * v_scales, ggml_tensor * settings) {
    return tensor([&] {
        const int64_t count  = ggml_nelements(weights);
        const int64_t blocks = (count + BLOCK_CODES - 1) / BLOCK_CODES;
        for (const ggml_tensor * floats : {weights, gradient, m_scales, v_scales, settings}) {
            GGML_ASSERT(floats->type == GGML_TYPE_F32 && ggml_is_contiguous(floats));
        }
        for (const ggml_tensor * codes : {m, v}) {
            GGML_ASSERT(codes->type == GGML_TYPE_I8 && ggml_is_contiguous(codes) && ggml_nelements(codes) == count);
        }
        GGML_ASSERT(ggml_nelements(gradient) == count && ggml_nelements(settings) == 7);
        GGML_ASSERT(ggml_nelements(m_scales) == blocks && ggml_nelements(v_scales) == blocks);
        ggml_tensor * others[] = {gradient, m, m_scales, v, v_scales, settings};
        return ggml_custom_inplace(c, weights, others, 6, adamw_8bit, GGML_N_TASKS_MAX, nullptr);
    });
}
