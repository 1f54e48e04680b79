// Functions of llama.cpp that may fail an assertion or throw, and need no more than a guard. What is not here is a getter.
#include "vlm4j.h"

#include "ggml-backend.h"
#include "guard.hpp"

using vlm4j::guarded;

namespace {

// 0, or VLM4J_ERROR_EXCEPTION.
template <typename Work>
int32_t done(Work && work) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        work();
        return 0;
    });
}

// A number, or VLM4J_ERROR_EXCEPTION.
template <typename Work>
int32_t number(Work && work) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] { return static_cast<int32_t>(work()); });
}

// A number that may be negative, or INT32_MIN.
template <typename Work>
int32_t length(Work && work) {
    return guarded<int32_t>(INT32_MIN, [&] { return static_cast<int32_t>(work()); });
}

// A sampler, or NULL.
template <typename Work>
llama_sampler * sampler(Work && work) {
    return guarded<llama_sampler *>(nullptr, std::forward<Work>(work));
}

} // namespace

// ---- a context's memory --------------------------------------------------------------------------------------------

int32_t vlm4j_memory_clear(llama_context * context) {
    return done([&] { llama_memory_clear(llama_get_memory(context), false); });
}

int32_t vlm4j_memory_remove(llama_context * context, llama_seq_id sequence, llama_pos from, llama_pos to) {
    return number([&] { return llama_memory_seq_rm(llama_get_memory(context), sequence, from, to); });
}

int32_t vlm4j_memory_can_shift(llama_context * context) {
    return number([&] { return llama_memory_can_shift(llama_get_memory(context)); });
}

int32_t vlm4j_memory_shift(llama_context * context, llama_seq_id sequence, llama_pos from, llama_pos to, llama_pos distance) {
    return done([&] { llama_memory_seq_add(llama_get_memory(context), sequence, from, to, distance); });
}

int32_t vlm4j_memory_last_position(llama_context * context, llama_seq_id sequence) {
    return number([&] { return llama_memory_seq_pos_max(llama_get_memory(context), sequence); });
}

int32_t vlm4j_memory_copy(llama_context * context, llama_seq_id source, llama_seq_id target, llama_pos from, llama_pos to) {
    return done([&] { llama_memory_seq_cp(llama_get_memory(context), source, target, from, to); });
}

int32_t vlm4j_synchronize(llama_context * context) {
    return done([&] { llama_synchronize(context); });
}

float * vlm4j_logits(llama_context * context, int32_t index) {
    return guarded<float *>(nullptr, [&] { return llama_get_logits_ith(context, index); });
}

float * vlm4j_embeddings_of_sequence(llama_context * context, llama_seq_id sequence) {
    return guarded<float *>(nullptr, [&] { return llama_get_embeddings_seq(context, sequence); });
}

// ---- vocabularies --------------------------------------------------------------------------------------------------

int32_t vlm4j_token_piece(const llama_vocab * vocab, llama_token token, char * text, int32_t capacity, bool special) {
    return length([&] { return llama_token_to_piece(vocab, token, text, capacity, 0, special); });
}

int32_t vlm4j_detokenize(const llama_vocab * vocab, const llama_token * tokens, int32_t n_tokens, char * text, int32_t capacity,
                         bool remove_special, bool unparse_special) {
    return length([&] {
        return llama_detokenize(vocab, tokens, n_tokens, text, capacity, remove_special, unparse_special);
    });
}

const char * vlm4j_token_text(const llama_vocab * vocab, llama_token token) {
    return guarded<const char *>(nullptr, [&] { return llama_vocab_get_text(vocab, token); });
}

int32_t vlm4j_token_attributes(const llama_vocab * vocab, llama_token token) {
    return number([&] { return llama_vocab_get_attr(vocab, token); });
}

// ---- models --------------------------------------------------------------------------------------------------------

int32_t vlm4j_model_heads(const llama_model * model) {
    return number([&] { return llama_model_n_head(model); });
}

int32_t vlm4j_model_kv_heads(const llama_model * model) {
    return number([&] { return llama_model_n_head_kv(model); });
}

// ---- samplers ------------------------------------------------------------------------------------------------------

llama_sampler * vlm4j_sampler_chain(void) {
    return sampler([] {
        llama_sampler_chain_params params = llama_sampler_chain_default_params();
        params.no_perf = true;
        return llama_sampler_chain_init(params);
    });
}

int32_t vlm4j_sampler_add(llama_sampler * chain, llama_sampler * step) {
    return done([&] { llama_sampler_chain_add(chain, step); });
}

int32_t vlm4j_sampler_reset(llama_sampler * chain) {
    return done([&] { llama_sampler_reset(chain); });
}

llama_sampler * vlm4j_sampler_dry(const llama_vocab * vocab, float multiplier, float base, int32_t allowed_length, int32_t last_n,
                                  const char ** breakers, int64_t n_breakers) {
    return sampler([&] {
        return llama_sampler_init_dry(vocab, multiplier, base, allowed_length, last_n, breakers, static_cast<size_t>(n_breakers));
    });
}

llama_sampler * vlm4j_sampler_penalties(int32_t n_vocab, int32_t last_n, float repeat, float frequency, float presence) {
    return sampler([&] { return llama_sampler_init_penalties(n_vocab, last_n, repeat, frequency, presence); });
}

llama_sampler * vlm4j_sampler_logit_bias(int32_t n_vocab, int32_t n_biases, const llama_logit_bias * biases) {
    return sampler([&] { return llama_sampler_init_logit_bias(n_vocab, n_biases, biases); });
}

llama_sampler * vlm4j_sampler_mirostat(int32_t n_vocab, uint32_t seed, float tau, float eta, int32_t m) {
    return sampler([&] { return llama_sampler_init_mirostat(n_vocab, seed, tau, eta, m); });
}

// ---- media ---------------------------------------------------------------------------------------------------------

mtmd_bitmap * vlm4j_bitmap_of_image(uint32_t width, uint32_t height, const uint8_t * pixels) {
    return guarded<mtmd_bitmap *>(nullptr, [&] { return mtmd_bitmap_init(width, height, pixels); });
}

mtmd_bitmap * vlm4j_bitmap_of_audio(int64_t n_samples, const float * samples) {
    return guarded<mtmd_bitmap *>(nullptr, [&] { return mtmd_bitmap_init_from_audio(static_cast<size_t>(n_samples), samples); });
}

int32_t vlm4j_chunk_tokens(const mtmd_input_chunk * chunk) {
    return number([&] { return mtmd_input_chunk_get_n_tokens(chunk); });
}

int32_t vlm4j_chunk_positions(const mtmd_input_chunk * chunk) {
    return number([&] { return mtmd_input_chunk_get_n_pos(chunk); });
}

// ---- tensors and devices -------------------------------------------------------------------------------------------

int32_t vlm4j_tensor_read(const ggml_tensor * tensor, void * data, int64_t offset, int64_t size) {
    return done([&] { ggml_backend_tensor_get(tensor, data, static_cast<size_t>(offset), static_cast<size_t>(size)); });
}

int32_t vlm4j_device_memory(ggml_backend_dev_t device, int64_t * free, int64_t * total) {
    return done([&] {
        size_t n_free = 0, n_total = 0;
        ggml_backend_dev_memory(device, &n_free, &n_total);
        *free  = static_cast<int64_t>(n_free);
        *total = static_cast<int64_t>(n_total);
    });
}

int32_t vlm4j_backends_load(const char * folder) {
    return done([&] { ggml_backend_load_all_from_path(folder); });
}
