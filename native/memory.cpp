// A context's memory as bytes, adapters, and the probabilities of tokens.
#include "vlm4j.h"

#include "guard.hpp"
#include "slabs.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using vlm4j::guarded;

int64_t vlm4j_state_size(llama_context * context, llama_seq_id sequence) {
    return guarded<int64_t>(0, [&] { return static_cast<int64_t>(llama_state_seq_get_size(context, sequence)); });
}

uint8_t * vlm4j_state_get(llama_context * context, llama_seq_id sequence, int64_t size) {
    return guarded<uint8_t *>(nullptr, [&] {
        if (size <= 0) {
            throw std::runtime_error("it cannot be copied");
        }
        std::unique_ptr<uint8_t, void (*)(uint8_t *)> data(
            vlm4j::copy_allocate(static_cast<size_t>(size)), vlm4j_state_free);
        if (!data) {
            throw std::runtime_error("no memory for " + std::to_string(size) + " bytes");
        }
        const size_t written = llama_state_seq_get_data(context, data.get(), static_cast<size_t>(size), sequence);
        if (written != static_cast<size_t>(size)) {
            throw std::runtime_error("copied " + std::to_string(written) + " of " + std::to_string(size) + " bytes");
        }
        return data.release();
    });
}

void vlm4j_state_free(uint8_t * data) {
    vlm4j::copy_free(data);
}

int64_t vlm4j_state_set(llama_context * context, llama_seq_id sequence, const uint8_t * data, int64_t size) {
    return guarded<int64_t>(0, [&] {
        return static_cast<int64_t>(llama_state_seq_set_data(context, data, static_cast<size_t>(size), sequence));
    });
}

llama_adapter_lora * vlm4j_adapter_load(llama_model * model, const char * path) {
    return guarded<llama_adapter_lora *>(nullptr, [&] { return llama_adapter_lora_init(model, path); });
}

int32_t vlm4j_adapters_set(llama_context * context, llama_adapter_lora ** adapters, int64_t n, float * scales) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        return llama_set_adapters_lora(context, adapters, static_cast<size_t>(n), scales);
    });
}

int32_t vlm4j_control_vector_set(llama_context * context, const float * data, int64_t length, int32_t n_embd,
                                 int32_t first_layer, int32_t last_layer) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        return llama_set_adapter_cvec(context, data, static_cast<size_t>(length), n_embd, first_layer, last_layer);
    });
}

static int32_t log_probabilities(const float * logits, int32_t n, llama_token token, int32_t n_top, llama_token * ids,
                                 float * values) {
    if (token < 0 || token >= n || n_top < 0 || n_top > n) {
        throw std::out_of_range("a token or number of tokens outside the vocabulary");
    }
    const float highest = *std::max_element(logits, logits + n);
    double      sum     = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += std::exp(logits[i] - highest);
    }
    const float total = highest + static_cast<float>(std::log(sum));
    ids[0]    = token;
    values[0] = logits[token] - total;
    static thread_local std::vector<llama_token> order; // keeps its storage: this runs for every token
    order.resize(static_cast<size_t>(n));
    for (int32_t i = 0; i < n; i++) {
        order[static_cast<size_t>(i)] = i;
    }
    std::partial_sort(order.begin(), order.begin() + n_top, order.end(), [&](llama_token a, llama_token b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    });
    for (int32_t i = 0; i < n_top; i++) {
        ids[i + 1]    = order[static_cast<size_t>(i)];
        values[i + 1] = logits[order[static_cast<size_t>(i)]] - total;
    }
    return 0;
}

int32_t vlm4j_log_probabilities(llama_context * context, int32_t index, llama_token token, int32_t n_top, llama_token * ids,
                                float * values) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&]() -> int32_t {
        const float * logits = llama_get_logits_ith(context, index);
        if (logits == nullptr) {
            return VLM4J_ERROR_NO_LOGITS;
        }
        const int32_t n = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(context)));
        return log_probabilities(logits, n, token, n_top, ids, values);
    });
}

int32_t vlm4j_log_probabilities_of(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top, llama_token * ids,
                                   float * values) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] { return log_probabilities(logits, n_vocab, token, n_top, ids, values); });
}
