// Graphs of our own: ggml's functions that make, place and compute them, guarded.
#include "vlm4j.h"

#include "ggml-backend.h"
#include "guard.hpp"

#include <map>
#include <memory>
#include <string>

using vlm4j::guarded;

namespace {

// A tensor, or NULL.
template <typename Work>
ggml_tensor * tensor(Work && work) {
    return guarded<ggml_tensor *>(nullptr, std::forward<Work>(work));
}

// 0, or VLM4J_ERROR_EXCEPTION.
template <typename Work>
int32_t done(Work && work) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        work();
        return 0;
    });
}

// Optional functions of a backend, which may be a loadable module, are found by name.
template <typename Function>
Function * found(ggml_backend_dev_t device, const char * name) {
    return reinterpret_cast<Function *>(ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name));
}

struct free_context {
    void operator()(ggml_context * context) const { ggml_free(context); }
};
struct free_buffer {
    void operator()(ggml_backend_buffer_t buffer) const { ggml_backend_buffer_free(buffer); }
};

// Whether the device can multiply a matrix of this shape when it lies in a buffer of that type.
bool multiplies(ggml_backend_dev_t device, ggml_backend_buffer_type_t type, const ggml_tensor * matrix) {
    const std::unique_ptr<ggml_context, free_context> context(ggml_init({ ggml_tensor_overhead() * 4, nullptr, true }));
    ggml_tensor * weight  = ggml_dup_tensor(context.get(), matrix);
    ggml_tensor * product = ggml_mul_mat(context.get(), weight, ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, matrix->ne[0], 512));
    const std::unique_ptr<ggml_backend_buffer, free_buffer> nothing(ggml_backend_buft_alloc_buffer(type, 0));
    weight->buffer = nothing.get();
    return ggml_backend_dev_supports_op(device, product);
}

// Whether a node only says where data are.
bool is_empty(ggml_op op) {
    return op == GGML_OP_NONE || op == GGML_OP_VIEW || op == GGML_OP_RESHAPE || op == GGML_OP_PERMUTE || op == GGML_OP_TRANSPOSE;
}

} // namespace

// ---- backends and schedulers ---------------------------------------------------------------------------------------

ggml_backend_t vlm4j_backend_create(ggml_backend_dev_t device, int32_t n_threads, void * abort_flag) {
    return guarded<ggml_backend_t>(nullptr, [&]() -> ggml_backend_t {
        ggml_backend_t backend = ggml_backend_dev_init(device, nullptr);
        if (backend == nullptr) {
            return nullptr;
        }
        if (auto * set_threads = found<void(ggml_backend_t, int)>(device, "ggml_backend_set_n_threads")) {
            set_threads(backend, n_threads);
        }
        if (auto * set_abort = found<void(ggml_backend_t, ggml_abort_callback, void *)>(device, "ggml_backend_set_abort_callback")) {
            set_abort(backend, vlm4j_abort_requested, abort_flag);
        }
        return backend;
    });
}

ggml_backend_sched_t vlm4j_sched_create(ggml_backend_t * backends, int32_t n_backends, int64_t n_nodes) {
    return guarded<ggml_backend_sched_t>(nullptr, [&] {
        return ggml_backend_sched_new(backends, nullptr, n_backends, static_cast<size_t>(n_nodes), false, true);
    });
}

int32_t vlm4j_sched_plan(ggml_backend_sched_t sched, ggml_cgraph * graph) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        ggml_backend_sched_reset(sched);
        return ggml_backend_sched_alloc_graph(sched, graph) ? 0 : 1;
    });
}

int32_t vlm4j_sched_compute(ggml_backend_sched_t sched, ggml_cgraph * graph) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] { return static_cast<int32_t>(ggml_backend_sched_graph_compute(sched, graph)); });
}

// ---- tensors and their memory --------------------------------------------------------------------------------------

ggml_context * vlm4j_tensors_create(int64_t n_tensors, int64_t n_nodes) {
    return guarded<ggml_context *>(nullptr, [&] {
        const size_t graph = n_nodes > 0 ? ggml_graph_overhead_custom(static_cast<size_t>(n_nodes), false) : 0;
        return ggml_init({ ggml_tensor_overhead() * static_cast<size_t>(n_tensors) + graph, nullptr, true });
    });
}

ggml_tensor * vlm4j_tensor_create(ggml_context * context, const char * name, int32_t type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3) {
    return tensor([&] {
        const int64_t ne[] = { ne0, ne1, ne2, ne3 };
        return ggml_set_name(ggml_new_tensor(context, static_cast<ggml_type>(type), GGML_MAX_DIMS, ne), name);
    });
}

ggml_backend_buffer_t vlm4j_buffer_of_memory(void * memory, int64_t size) {
    return guarded<ggml_backend_buffer_t>(nullptr, [&] {
        ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(memory, static_cast<size_t>(size));
        ggml_backend_buffer_set_usage(buffer, GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        return buffer;
    });
}

ggml_backend_buffer_t vlm4j_buffer_create(ggml_context * context, ggml_backend_buffer_type_t type, bool weights) {
    return guarded<ggml_backend_buffer_t>(nullptr, [&]() -> ggml_backend_buffer_t {
        ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors_from_buft(context, type);
        if (buffer != nullptr && weights) {
            ggml_backend_buffer_set_usage(buffer, GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        } else if (buffer != nullptr) {
            ggml_backend_buffer_clear(buffer, 0);
        }
        return buffer;
    });
}

int32_t vlm4j_buffer_clear(ggml_backend_buffer_t buffer) {
    return done([&] { ggml_backend_buffer_clear(buffer, 0); });
}

ggml_backend_buffer_type_t vlm4j_matrix_buffer_type(ggml_backend_dev_t device, const ggml_tensor * matrix) {
    return guarded<ggml_backend_buffer_type_t>(nullptr, [&]() -> ggml_backend_buffer_type_t {
        auto * extra = found<ggml_backend_buffer_type_t *(ggml_backend_dev_t)>(device, "ggml_backend_dev_get_extra_bufts");
        for (ggml_backend_buffer_type_t * type = extra == nullptr ? nullptr : extra(device); type != nullptr && *type != nullptr; type++) {
            if (multiplies(device, *type, matrix)) {
                return *type;
            }
        }
        return ggml_backend_dev_buffer_type(device);
    });
}

int32_t vlm4j_tensor_place(ggml_backend_buffer_t buffer, ggml_tensor * tensor, void * address) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] { return static_cast<int32_t>(ggml_backend_tensor_alloc(buffer, tensor, address)); });
}

int32_t vlm4j_tensor_write(ggml_tensor * tensor, const void * data, int64_t offset, int64_t size) {
    return done([&] { ggml_backend_tensor_set(tensor, data, static_cast<size_t>(offset), static_cast<size_t>(size)); });
}

void * vlm4j_tensor_memory(const ggml_tensor * tensor) {
    return guarded<void *>(nullptr, [&]() -> void * {
        const ggml_backend_buffer_t buffer = tensor->view_src == nullptr ? tensor->buffer : tensor->view_src->buffer;
        return buffer != nullptr && ggml_backend_buffer_is_host(buffer) ? tensor->data : nullptr;
    });
}

// ---- graphs --------------------------------------------------------------------------------------------------------

ggml_cgraph * vlm4j_graph_create(ggml_context * context, int64_t n_nodes) {
    return guarded<ggml_cgraph *>(nullptr, [&] { return ggml_new_graph_custom(context, static_cast<size_t>(n_nodes), false); });
}

int32_t vlm4j_graph_add(ggml_cgraph * graph, ggml_tensor * node) {
    return done([&] { ggml_build_forward_expand(graph, node); });
}

int64_t vlm4j_graph_unsupported(ggml_cgraph * graph, ggml_backend_dev_t device, char * names, int64_t size) {
    return guarded<int64_t>(VLM4J_ERROR_EXCEPTION, [&] {
        std::map<std::string, int64_t> counts;
        int64_t                        all = 0;
        for (int i = 0; i < ggml_graph_n_nodes(graph); i++) {
            const ggml_tensor * node = ggml_graph_node(graph, i);
            if (!is_empty(node->op) && !ggml_backend_dev_supports_op(device, node)) {
                counts[ggml_op_desc(node)]++;
                all++;
            }
        }
        std::string text;
        for (const auto & [name, count] : counts) {
            text += (text.empty() ? "" : ", ") + name + " (" + std::to_string(count) + ")";
        }
        if (size > 0) {
            names[text.copy(names, static_cast<size_t>(size) - 1)] = 0;
        }
        return all;
    });
}

// ---- nodes ---------------------------------------------------------------------------------------------------------

ggml_tensor * vlm4j_op_unary(ggml_context * c, ggml_tensor * a, int32_t op) {
    return tensor([&] { return ggml_unary(c, a, static_cast<ggml_unary_op>(op)); });
}
ggml_tensor * vlm4j_op_square(ggml_context * c, ggml_tensor * a) {
    return tensor([&] { return ggml_sqr(c, a); });
}
ggml_tensor * vlm4j_op_scale(ggml_context * c, ggml_tensor * a, float factor) {
    return tensor([&] { return ggml_scale(c, a, factor); });
}
ggml_tensor * vlm4j_op_add(ggml_context * c, ggml_tensor * a, ggml_tensor * b) {
    return tensor([&] { return ggml_add(c, a, b); });
}
ggml_tensor * vlm4j_op_multiply(ggml_context * c, ggml_tensor * a, ggml_tensor * b) {
    return tensor([&] { return ggml_mul(c, a, b); });
}
ggml_tensor * vlm4j_op_glu(ggml_context * c, ggml_tensor * gate, ggml_tensor * up, int32_t op) {
    return tensor([&] { return ggml_glu_split(c, gate, up, static_cast<ggml_glu_op>(op)); });
}
ggml_tensor * vlm4j_op_matrix_product(ggml_context * c, ggml_tensor * matrix, ggml_tensor * a) {
    return tensor([&] { return ggml_mul_mat(c, matrix, a); });
}
ggml_tensor * vlm4j_op_norm(ggml_context * c, ggml_tensor * a, float epsilon) {
    return tensor([&] { return ggml_norm(c, a, epsilon); });
}
ggml_tensor * vlm4j_op_rms_norm(ggml_context * c, ggml_tensor * a, float epsilon) {
    return tensor([&] { return ggml_rms_norm(c, a, epsilon); });
}
ggml_tensor * vlm4j_op_l2_norm(ggml_context * c, ggml_tensor * a, float epsilon) {
    return tensor([&] { return ggml_l2_norm(c, a, epsilon); });
}
ggml_tensor * vlm4j_op_soft_max(ggml_context * c, ggml_tensor * scores, ggml_tensor * mask, float scale) {
    return tensor([&] { return ggml_soft_max_ext(c, scores, mask, scale, 0); });
}
ggml_tensor * vlm4j_op_rope(ggml_context * c, ggml_tensor * a, ggml_tensor * positions, ggml_tensor * factors, int32_t n_dims, bool neox,
                            float base, float scale) {
    return tensor([&] {
        return ggml_rope_ext(c, a, positions, factors, n_dims, neox ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL, 0, base, scale, 0, 1, 32, 1);
    });
}
ggml_tensor * vlm4j_op_rows(ggml_context * c, ggml_tensor * table, ggml_tensor * rows) {
    return tensor([&] { return ggml_get_rows(c, table, rows); });
}
ggml_tensor * vlm4j_op_put_rows(ggml_context * c, ggml_tensor * table, ggml_tensor * a, ggml_tensor * rows) {
    return tensor([&] { return ggml_set_rows(c, table, a, rows); });
}
ggml_tensor * vlm4j_op_append(ggml_context * c, ggml_tensor * a, ggml_tensor * b) {
    return tensor([&] { return ggml_concat(c, a, b, 1); });
}
ggml_tensor * vlm4j_op_reshape(ggml_context * c, ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2) {
    return tensor([&] { return ggml_reshape_3d(c, a, ne0, ne1, ne2); });
}
ggml_tensor * vlm4j_op_view(ggml_context * c, ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t nb1, int64_t nb2,
                            int64_t offset) {
    return tensor([&] {
        return ggml_view_3d(c, a, ne0, ne1, ne2, static_cast<size_t>(nb1), static_cast<size_t>(nb2), static_cast<size_t>(offset));
    });
}
ggml_tensor * vlm4j_op_permute(ggml_context * c, ggml_tensor * a, int32_t axis0, int32_t axis1, int32_t axis2) {
    return tensor([&] { return ggml_permute(c, a, axis0, axis1, axis2, 3); });
}
ggml_tensor * vlm4j_op_contiguous(ggml_context * c, ggml_tensor * a) {
    return tensor([&] { return ggml_cont(c, a); });
}
