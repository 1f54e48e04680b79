// Media in pieces: pictures of several callers encoded at once, and rows of one evaluated a few at a time.
#include "vlm4j.h"

#include "guard.hpp"
#include "mtmd-helper.h"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

using vlm4j::guarded;

int32_t vlm4j_media_encode_batch(mtmd_context * projector, const mtmd_input_chunk * const * chunks, int32_t n_chunks,
                                 float * const * outs, const int64_t * n_floats) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        const std::unique_ptr<mtmd_batch, void (*)(mtmd_batch *)> batch(mtmd_batch_init(projector), mtmd_batch_free);
        if (!batch) {
            throw std::runtime_error("mtmd_batch_init gave nothing");
        }
        int32_t n = 0;
        while (n < n_chunks && mtmd_batch_add_chunk(batch.get(), chunks[n]) == 0) {
            n++;
        }
        if (n == 0) {
            throw std::runtime_error("the projector takes no chunk of this kind");
        }
        const int32_t rc = mtmd_batch_encode(batch.get());
        if (rc != 0) {
            return rc < 0 ? rc : -rc;
        }
        for (int32_t i = 0; i < n; i++) {
            const float * embeddings = mtmd_batch_get_output_embd(batch.get(), chunks[i]);
            if (embeddings == nullptr) {
                throw std::runtime_error("the encoder left no output");
            }
            std::memcpy(outs[i], embeddings, static_cast<size_t>(n_floats[i]) * sizeof(float));
        }
        return n;
    });
}

bool vlm4j_media_is_causal(const mtmd_context * projector, const mtmd_input_chunk * chunk) {
    return !mtmd_decode_use_non_causal(projector, chunk);
}

int32_t vlm4j_media_decode_rows(mtmd_context * projector, llama_context * context, const mtmd_input_chunk * chunk,
                                float * embeddings, llama_pos position, llama_seq_id sequence, int32_t first, int32_t count) {
    return guarded<int32_t>(VLM4J_ERROR_EXCEPTION, [&] {
        const int32_t total = static_cast<int32_t>(mtmd_input_chunk_get_n_tokens(chunk));
        if (first < 0 || count < 1 || first > total - count) {
            throw std::out_of_range("a media chunk has no such rows");
        }
        const bool axes_differ = mtmd_decode_use_mrope(projector);
        const size_t n = static_cast<size_t>(count);
        std::vector<llama_pos> positions(n * (axes_differ ? 4 : 1));
        const mtmd_image_tokens * image =
            mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE ? mtmd_input_chunk_get_tokens_image(chunk) : nullptr;
        for (size_t i = 0; i < n; i++) {
            const size_t row = static_cast<size_t>(first) + i;
            const llama_pos along = position + static_cast<llama_pos>(row);
            if (!axes_differ) {
                positions[i] = along;
            } else if (image != nullptr) {
                const mtmd_decoder_pos at = mtmd_image_tokens_get_decoder_pos(image, position, row);
                positions[i] = static_cast<llama_pos>(at.t);
                positions[i + n] = static_cast<llama_pos>(at.y);
                positions[i + 2 * n] = static_cast<llama_pos>(at.x);
                positions[i + 3 * n] = static_cast<llama_pos>(at.z);
            } else {
                for (size_t axis = 0; axis < 4; axis++) {
                    positions[i + axis * n] = along;
                }
            }
        }
        std::vector<int32_t> counts(n, 1);
        std::vector<llama_seq_id *> sequences(n, &sequence);
        std::vector<int8_t> outputs(n, 0);
        const size_t width = static_cast<size_t>(llama_model_n_embd_inp(llama_get_model(context)));
        llama_batch batch = {};
        batch.n_tokens = count;
        batch.embd = embeddings + static_cast<size_t>(first) * width;
        batch.pos = positions.data();
        batch.n_seq_id = counts.data();
        batch.seq_id = sequences.data();
        batch.logits = outputs.data();
        return llama_decode(context, batch);
    });
}
