#include "vlm4j.h"

#include "mtmd-helper.h"

#include <cstddef>

#define STRUCT(type) { #type, nullptr, static_cast<int64_t>(alignof(type)), static_cast<int64_t>(sizeof(type)) }
#define FIELD(type, name) { #type, #name, static_cast<int64_t>(offsetof(type, name)), static_cast<int64_t>(sizeof(type::name)) }

static const vlm4j_abi_field table[] = {
    STRUCT(llama_model_params),
    FIELD(llama_model_params, devices), FIELD(llama_model_params, n_gpu_layers), FIELD(llama_model_params, split_mode),
    FIELD(llama_model_params, load_mode), FIELD(llama_model_params, main_gpu), FIELD(llama_model_params, tensor_split),
    FIELD(llama_model_params, progress_callback), FIELD(llama_model_params, progress_callback_user_data),
    FIELD(llama_model_params, kv_overrides), FIELD(llama_model_params, vocab_only), FIELD(llama_model_params, check_tensors),
    FIELD(llama_model_params, use_extra_bufts), FIELD(llama_model_params, load_mtp),

    STRUCT(llama_context_params),
    FIELD(llama_context_params, n_ctx), FIELD(llama_context_params, n_batch), FIELD(llama_context_params, n_ubatch),
    FIELD(llama_context_params, n_seq_max), FIELD(llama_context_params, n_threads), FIELD(llama_context_params, n_threads_batch),
    FIELD(llama_context_params, pooling_type), FIELD(llama_context_params, flash_attn_type),
    FIELD(llama_context_params, rope_freq_base), FIELD(llama_context_params, cb_eval), FIELD(llama_context_params, cb_eval_user_data),
    FIELD(llama_context_params, type_k), FIELD(llama_context_params, type_v), FIELD(llama_context_params, abort_callback), FIELD(llama_context_params, abort_callback_data),
    FIELD(llama_context_params, embeddings), FIELD(llama_context_params, offload_kqv), FIELD(llama_context_params, no_perf),
    FIELD(llama_context_params, op_offload), FIELD(llama_context_params, swa_full), FIELD(llama_context_params, kv_unified),
    FIELD(llama_context_params, ctx_other),

    STRUCT(llama_batch),
    FIELD(llama_batch, n_tokens), FIELD(llama_batch, token), FIELD(llama_batch, embd), FIELD(llama_batch, pos),
    FIELD(llama_batch, n_seq_id), FIELD(llama_batch, seq_id), FIELD(llama_batch, logits),

    STRUCT(llama_token_data),
    FIELD(llama_token_data, id), FIELD(llama_token_data, logit), FIELD(llama_token_data, p),

    STRUCT(llama_token_data_array),
    FIELD(llama_token_data_array, data), FIELD(llama_token_data_array, size), FIELD(llama_token_data_array, selected),
    FIELD(llama_token_data_array, sorted),

    STRUCT(llama_logit_bias),
    FIELD(llama_logit_bias, token), FIELD(llama_logit_bias, bias),

    STRUCT(mtmd_context_params),
    FIELD(mtmd_context_params, use_gpu), FIELD(mtmd_context_params, device), FIELD(mtmd_context_params, print_timings),
    FIELD(mtmd_context_params, n_threads), FIELD(mtmd_context_params, media_marker), FIELD(mtmd_context_params, flash_attn_type),
    FIELD(mtmd_context_params, warmup), FIELD(mtmd_context_params, image_min_tokens), FIELD(mtmd_context_params, image_max_tokens),
    FIELD(mtmd_context_params, cb_eval), FIELD(mtmd_context_params, batch_max_tokens),
    FIELD(mtmd_context_params, progress_callback), FIELD(mtmd_context_params, progress_callback_user_data),

    STRUCT(ggml_tensor),
    FIELD(ggml_tensor, type), FIELD(ggml_tensor, ne), FIELD(ggml_tensor, nb), FIELD(ggml_tensor, op), FIELD(ggml_tensor, src),
    FIELD(ggml_tensor, data), FIELD(ggml_tensor, name),

    STRUCT(vlm4j_abi_field),
    FIELD(vlm4j_abi_field, struct_name), FIELD(vlm4j_abi_field, field_name), FIELD(vlm4j_abi_field, offset), FIELD(vlm4j_abi_field, size),
};

const vlm4j_abi_field * vlm4j_abi_table(int64_t * n) {
    *n = static_cast<int64_t>(sizeof(table) / sizeof(table[0]));
    return table;
}
