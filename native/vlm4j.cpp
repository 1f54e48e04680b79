#include "vlm4j.h"

#include "guard.hpp"
#include "log.h"
#include "mtmd-helper.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

namespace vlm4j {

char * copy_of(const std::string & text) {
    char * copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

} // namespace vlm4j

using vlm4j::guarded;

int32_t vlm4j_shim_version(void) { return VLM4J_SHIM_VERSION; }

void vlm4j_string_free(char * text) { std::free(text); }

void vlm4j_silence_common_log(void) {
    common_log_set_verbosity_thold(-1);
    common_log_pause(common_log_main());
}

llama_model * vlm4j_model_load(const char * path, const llama_model_params * params) {
    return guarded<llama_model *>(nullptr, [&] { return llama_model_load_from_file(path, *params); });
}

llama_context * vlm4j_context_create(llama_model * model, const llama_context_params * params) {
    return guarded<llama_context *>(nullptr, [&] { return llama_init_from_model(model, *params); });
}

bool vlm4j_abort_requested(void * flag) { return *static_cast<const volatile char *>(flag) != 0; }

int32_t vlm4j_decode(llama_context * context, const llama_batch * batch) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] { return llama_decode(context, *batch); });
}

int32_t vlm4j_tokenize(const llama_vocab * vocab, const char * text, int32_t text_length, llama_token * tokens,
                       int32_t capacity, bool add_special, bool parse_special) {
    return guarded<int32_t>(INT32_MIN, [&] {
        return llama_tokenize(vocab, text, text_length, tokens, capacity, add_special, parse_special);
    });
}

llama_token vlm4j_sample(llama_sampler * sampler, llama_context * context, int32_t index) {
    return guarded<llama_token>(VLM4J_ERROR_EXCEPTION, [&]() -> llama_token {
        if (llama_get_logits_ith(context, index) == nullptr) {
            return VLM4J_ERROR_NO_LOGITS;
        }
        return llama_sampler_sample(sampler, context, index);
    });
}

llama_token vlm4j_sample_logits(llama_sampler * sampler, const float * logits, int32_t n_vocab) {
    return guarded<llama_token>(VLM4J_ERROR_EXCEPTION, [&]() -> llama_token {
        static thread_local std::vector<llama_token_data> candidates; // keeps its storage: this runs for every token
        candidates.resize(static_cast<size_t>(n_vocab));
        for (llama_token token = 0; token < n_vocab; token++) {
            candidates[static_cast<size_t>(token)] = { token, logits[token], 0.0f };
        }
        llama_token_data_array array = { candidates.data(), candidates.size(), -1, false };
        llama_sampler_apply(sampler, &array);
        if (array.selected < 0 || array.selected >= static_cast<int64_t>(array.size)) {
            throw std::runtime_error("the sampler chose no token");
        }
        const llama_token chosen = array.data[array.selected].id;
        llama_sampler_accept(sampler, chosen);
        return chosen;
    });
}

int32_t vlm4j_sampler_accept(llama_sampler * sampler, llama_token token) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        llama_sampler_accept(sampler, token);
        return 0;
    });
}

llama_sampler * vlm4j_sampler_grammar(const llama_vocab * vocab, const char * grammar, const char * root) {
    return guarded<llama_sampler *>(nullptr, [&] { return llama_sampler_init_grammar(vocab, grammar, root); });
}

mtmd_context * vlm4j_projector_load(const char * path, const llama_model * model, const mtmd_context_params * params) {
    return guarded<mtmd_context *>(nullptr, [&] { return mtmd_init_from_file(path, model, *params); });
}

mtmd_input_chunks * vlm4j_media_tokenize(const mtmd_context * projector, int64_t n_parts, const char * const * texts,
                                         const int64_t * text_lengths, const uint8_t * parse_special,
                                         const mtmd_bitmap * const * bitmaps, bool add_special) {
    return guarded<mtmd_input_chunks *>(nullptr, [&] {
        mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
        const size_t n = static_cast<size_t>(n_parts);
        std::vector<mtmd_input_text> input_texts(n);
        std::vector<mtmd_input_part> parts(n);
        std::vector<const mtmd_input_part *> pointers(n);
        for (size_t i = 0; i < n; i++) {
            if (texts[i] != nullptr) {
                input_texts[i] = { texts[i], static_cast<size_t>(text_lengths[i]), false, parse_special[i] != 0 };
                parts[i] = { &input_texts[i], nullptr };
            } else {
                parts[i] = { nullptr, bitmaps[i] };
            }
            pointers[i] = &parts[i];
        }
        const int32_t rc = mtmd_tokenize_from_parts(projector, chunks.get(), pointers.data(), n, add_special);
        if (rc != 0) {
            throw std::runtime_error("mtmd_tokenize_from_parts returned " + std::to_string(rc));
        }
        return chunks.release();
    });
}

int32_t vlm4j_media_encode(mtmd_context * projector, const mtmd_input_chunk * chunk, float * out, int64_t n_floats) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        const int32_t rc = mtmd_encode_chunk(projector, chunk);
        if (rc != 0) {
            return rc;
        }
        const float * embeddings = mtmd_get_output_embd(projector);
        if (embeddings == nullptr) {
            throw std::runtime_error("the encoder left no output");
        }
        std::memcpy(out, embeddings, static_cast<size_t>(n_floats) * sizeof(float));
        return 0;
    });
}

int32_t vlm4j_media_decode(mtmd_context * projector, llama_context * context, const mtmd_input_chunk * chunk,
                           float * embeddings, llama_pos position, llama_seq_id sequence, int32_t batch_size,
                           llama_pos * new_position) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        return mtmd_helper_decode_image_chunk(projector, context, chunk, embeddings, position, sequence, batch_size,
                                              new_position, nullptr, nullptr);
    });
}

// ---- a sampler that lives in the caller's language -----------------------------------------------------------------

namespace {

struct custom_sampler {
    vlm4j_sampler_apply_callback  apply;
    vlm4j_sampler_accept_callback accept;
    vlm4j_sampler_reset_callback  reset;
    void *                        data;
};

custom_sampler & self(const llama_sampler * sampler) { return *static_cast<custom_sampler *>(sampler->ctx); }

// No clone: the state is the caller's, who makes a second sampler for a second sequence.
llama_sampler_i custom_sampler_interface = {
    /* .name              = */ [](const llama_sampler *) -> const char * { return "custom"; },
    /* .accept            = */ [](llama_sampler * s, llama_token token) { if (self(s).accept) { self(s).accept(token, self(s).data); } },
    /* .apply             = */ [](llama_sampler * s, llama_token_data_array * c) { self(s).apply(c, self(s).data); },
    /* .reset             = */ [](llama_sampler * s) { if (self(s).reset) { self(s).reset(self(s).data); } },
    /* .clone             = */ nullptr,
    /* .free              = */ [](llama_sampler * s) { delete &self(s); },
    /* .backend_init      = */ nullptr,
    /* .backend_accept    = */ nullptr,
    /* .backend_apply     = */ nullptr,
    /* .backend_set_input = */ nullptr,
    /* .backend_reset     = */ nullptr,
    /* .copy_state        = */ nullptr,
};

} // namespace

llama_sampler * vlm4j_sampler_custom(vlm4j_sampler_apply_callback apply, vlm4j_sampler_accept_callback accept,
                                     vlm4j_sampler_reset_callback reset, void * data) {
    return guarded<llama_sampler *>(nullptr, [&] {
        return llama_sampler_init(&custom_sampler_interface, new custom_sampler{ apply, accept, reset, data });
    });
}
