/*
 * libvlm4j: the C ABI that vlm4j adds to llama.cpp's own.
 *
 * It exists for three things that the C headers of llama.cpp cannot give a caller of another language:
 *   - entry points that turn C++ exceptions and failed assertions into an error text instead of the end of the process
 *     ("guarded");
 *   - features that upstream offers in C++ only (chat templates, JSON schema to grammar, image decoding);
 *   - the table of struct layouts that the generated Java bindings are checked against.
 *
 * Conventions: pointers are borrowed unless the comment says otherwise; text is UTF-8 and NUL-terminated unless a
 * length is given; a guarded function that fails returns NULL or a negative number and leaves its reason in
 * vlm4j_last_error() of the same thread. Functions are thread-safe as far as the objects that they are given are.
 */
#ifndef VLM4J_H
#define VLM4J_H

#include "llama.h"
#include "mtmd.h"

#ifdef VLM4J_BUILD
#    ifdef _WIN32
#        define VLM4J_API __declspec(dllexport)
#    else
#        define VLM4J_API __attribute__((visibility("default")))
#    endif
#else
#    define VLM4J_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every incompatible change of this header. */
#define VLM4J_SHIM_VERSION 3

/* A C++ exception or a failed assertion reached a guarded function; its text is in vlm4j_last_error(). */
#define VLM4J_ERROR_EXCEPTION (-1000)

VLM4J_API int32_t vlm4j_shim_version(void);

/* The reason of this thread's last failure; never NULL, valid until the thread's next guarded call. */
VLM4J_API const char * vlm4j_last_error(void);

/* Whether that reason is a failed assertion: "FILE:LINE: TEXT". The objects that the call was given, and that it may change,
 * are then only good for being freed. */
VLM4J_API bool vlm4j_last_error_is_assertion(void);

/* From now on a failed assertion of ggml, llama or mtmd ends the guarded function that it happened in, as an exception does,
 * and prints nothing. Where no guard is open on its thread, or in a destructor, it ends the process after a line on stderr. */
VLM4J_API void vlm4j_catch_assertions(void);

/* Frees a text that a function of this header returned as owned by the caller. */
VLM4J_API void vlm4j_string_free(char * text);

/* Stops llama.cpp's common library from writing to the process's own stdout and stderr. */
VLM4J_API void vlm4j_silence_common_log(void);

/* ---- struct layouts -------------------------------------------------------------------------------------------- */

struct vlm4j_abi_field {
    const char * struct_name;
    const char * field_name; /* NULL: the struct itself, size = sizeof, offset = alignof */
    int64_t      offset;
    int64_t      size;
};

/* All fields of all structs that cross the border by value or are written field by field; n receives their number. */
VLM4J_API const struct vlm4j_abi_field * vlm4j_abi_table(int64_t * n);

/* ---- models and contexts ----------------------------------------------------------------------------------------- */

/* llama_model_load_from_file; the caller frees the model with llama_model_free. */
VLM4J_API struct llama_model * vlm4j_model_load(const char * path, const struct llama_model_params * params);

/* llama_init_from_model; the caller frees the context with llama_free. */
VLM4J_API struct llama_context * vlm4j_context_create(struct llama_model * model, const struct llama_context_params * params);

/* A ggml_abort_callback that reads a flag: true when the byte at `flag` is not 0. ggml asks after every node of a graph,
 * so this is native, and the caller only writes the byte. */
VLM4J_API bool vlm4j_abort_requested(void * flag);

/* llama_decode, taking the batch by address; returns its code. */
VLM4J_API int32_t vlm4j_decode(struct llama_context * context, const struct llama_batch * batch);

/* Functions of llama.h on a context's memory. They return 0, or 1 for true and 0 for false, or a position, or
 * VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_memory_clear(struct llama_context * context);
VLM4J_API int32_t vlm4j_memory_remove(struct llama_context * context, llama_seq_id sequence, llama_pos from, llama_pos to);
VLM4J_API int32_t vlm4j_memory_can_shift(struct llama_context * context);
VLM4J_API int32_t vlm4j_memory_shift(struct llama_context * context, llama_seq_id sequence, llama_pos from, llama_pos to,
                                     llama_pos distance);
VLM4J_API int32_t vlm4j_memory_last_position(struct llama_context * context, llama_seq_id sequence);

/* llama_memory_seq_cp: positions [from, to) of one sequence also belong to another; 0 or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_memory_copy(struct llama_context * context, llama_seq_id source, llama_seq_id target, llama_pos from,
                                    llama_pos to);

/* llama_synchronize; 0 or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_synchronize(struct llama_context * context);

/* llama_get_logits_ith; NULL when there are none. */
VLM4J_API float * vlm4j_logits(struct llama_context * context, int32_t index);

/* llama_get_embeddings_seq: the pooled embedding of a sequence in the last batch; NULL when there is none. */
VLM4J_API float * vlm4j_embeddings_of_sequence(struct llama_context * context, llama_seq_id sequence);

/* llama_model_n_head and _n_head_kv; or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_model_heads(const struct llama_model * model);
VLM4J_API int32_t vlm4j_model_kv_heads(const struct llama_model * model);

/* llama_token_to_piece and llama_detokenize; or INT32_MIN. */
VLM4J_API int32_t vlm4j_token_piece(const struct llama_vocab * vocab, llama_token token, char * text, int32_t capacity, bool special);
VLM4J_API int32_t vlm4j_detokenize(const struct llama_vocab * vocab, const llama_token * tokens, int32_t n_tokens, char * text,
                                   int32_t capacity, bool remove_special, bool unparse_special);

/* llama_vocab_get_text; or NULL. */
VLM4J_API const char * vlm4j_token_text(const struct llama_vocab * vocab, llama_token token);

/* llama_vocab_get_attr; or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_token_attributes(const struct llama_vocab * vocab, llama_token token);

/* llama_tokenize; INT32_MIN also for what was thrown. */
VLM4J_API int32_t vlm4j_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_length,
                                 llama_token * tokens, int32_t capacity, bool add_special, bool parse_special);

/* llama_sampler_sample; returns the token, or VLM4J_ERROR_EXCEPTION, or VLM4J_ERROR_NO_SELECTION. The logits of
 * output `index` must exist; else VLM4J_ERROR_NO_LOGITS. */
#define VLM4J_ERROR_NO_LOGITS    (-1001)
#define VLM4J_ERROR_NO_SELECTION (-1002)
VLM4J_API llama_token vlm4j_sample(struct llama_sampler * sampler, struct llama_context * context, int32_t index);

/* The same by logits that no context computed: n_vocab of them. */
VLM4J_API llama_token vlm4j_sample_logits(struct llama_sampler * sampler, const float * logits, int32_t n_vocab);

/* llama_sampler_accept; 0 or VLM4J_ERROR_EXCEPTION (a token that the grammar does not allow). */
VLM4J_API int32_t vlm4j_sampler_accept(struct llama_sampler * sampler, llama_token token);

/* A chain without timers, or NULL; llama_sampler_chain_add, which takes the step over, and llama_sampler_reset: 0 or
 * VLM4J_ERROR_EXCEPTION. */
VLM4J_API struct llama_sampler * vlm4j_sampler_chain(void);
VLM4J_API int32_t                vlm4j_sampler_add(struct llama_sampler * chain, struct llama_sampler * step);
VLM4J_API int32_t                vlm4j_sampler_reset(struct llama_sampler * chain);

/* llama_sampler_init_dry, _penalties, _logit_bias, _mirostat; or NULL. Owned by the caller. */
VLM4J_API struct llama_sampler * vlm4j_sampler_dry(const struct llama_vocab * vocab, float multiplier, float base,
                                                   int32_t allowed_length, int32_t last_n, const char ** breakers, int64_t n_breakers);
VLM4J_API struct llama_sampler * vlm4j_sampler_penalties(int32_t n_vocab, int32_t last_n, float repeat, float frequency, float presence);
VLM4J_API struct llama_sampler * vlm4j_sampler_logit_bias(int32_t n_vocab, int32_t n_biases, const llama_logit_bias * biases);
VLM4J_API struct llama_sampler * vlm4j_sampler_mirostat(int32_t n_vocab, uint32_t seed, float tau, float eta, int32_t m);

/* llama_sampler_init_grammar for a non-empty grammar; NULL when it does not parse. Owned by the caller. */
VLM4J_API struct llama_sampler * vlm4j_sampler_grammar(const struct llama_vocab * vocab, const char * grammar, const char * root);

/* A sampler whose work is done by the caller's functions; data is handed to each. Owned by the caller. */
typedef void (*vlm4j_sampler_apply_callback)(llama_token_data_array * candidates, void * data);
typedef void (*vlm4j_sampler_accept_callback)(llama_token token, void * data);
typedef void (*vlm4j_sampler_reset_callback)(void * data);
VLM4J_API struct llama_sampler * vlm4j_sampler_custom(vlm4j_sampler_apply_callback apply, vlm4j_sampler_accept_callback accept,
                                                      vlm4j_sampler_reset_callback reset, void * data);

/* Logarithms of probabilities (natural, before any sampler) at output `index` of a context: values[0] of `token`, then the
 * n_top most probable ones, best first, their ids in ids[1..]. Returns 0, VLM4J_ERROR_NO_LOGITS or
 * VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_log_probabilities(struct llama_context * context, int32_t index, llama_token token, int32_t n_top,
                                          llama_token * ids, float * values);

/* The same by logits that no context computed: n_vocab of them. Returns 0 or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_log_probabilities_of(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top,
                                             llama_token * ids, float * values);

/* ---- memory and adapters ----------------------------------------------------------------------------------------- */

/* llama_state_seq_get_size, _get_data, _set_data: a sequence's KV cache as bytes; 0 or NULL on failure. The copy's memory is
 * not cleared before it is written, and freed by vlm4j_state_free. */
VLM4J_API int64_t   vlm4j_state_size(struct llama_context * context, llama_seq_id sequence);
VLM4J_API uint8_t * vlm4j_state_get(struct llama_context * context, llama_seq_id sequence, int64_t size);
VLM4J_API void      vlm4j_state_free(uint8_t * data);
VLM4J_API int64_t vlm4j_state_set(struct llama_context * context, llama_seq_id sequence, const uint8_t * data, int64_t size);

/* llama_adapter_lora_init; freed with llama_adapter_lora_free, before its model. NULL when the file does not fit. */
VLM4J_API struct llama_adapter_lora * vlm4j_adapter_load(struct llama_model * model, const char * path);

/* llama_set_adapters_lora: these and no others. 0 on success. */
VLM4J_API int32_t vlm4j_adapters_set(struct llama_context * context, struct llama_adapter_lora ** adapters, int64_t n,
                                     float * scales);

/* llama_set_adapter_cvec: n_embd floats for each layer from 1 on; data NULL removes it. 0 on success. */
VLM4J_API int32_t vlm4j_control_vector_set(struct llama_context * context, const float * data, int64_t length, int32_t n_embd,
                                           int32_t first_layer, int32_t last_layer);

/* ---- media ------------------------------------------------------------------------------------------------------- */

/* mtmd_init_from_file; the caller frees the context with mtmd_free. */
VLM4J_API struct mtmd_context * vlm4j_projector_load(const char * path, const struct llama_model * model,
                                                     const struct mtmd_context_params * params);

/* mtmd_bitmap_init and mtmd_bitmap_init_from_audio; or NULL. Without pixels it becomes tokens that are only counted. Freed by
 * the caller with mtmd_bitmap_free. */
VLM4J_API mtmd_bitmap * vlm4j_bitmap_of_image(uint32_t width, uint32_t height, const uint8_t * pixels);
VLM4J_API mtmd_bitmap * vlm4j_bitmap_of_audio(int64_t n_samples, const float * samples);

/* mtmd_input_chunk_get_n_tokens and _get_n_pos; or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_chunk_tokens(const mtmd_input_chunk * chunk);
VLM4J_API int32_t vlm4j_chunk_positions(const mtmd_input_chunk * chunk);

/* mtmd_tokenize_from_parts over flat arrays: part i is texts[i] (text_lengths[i] bytes, special tokens parsed when
 * parse_special[i]) or, when texts[i] is NULL, bitmaps[i]. Returns the chunks (freed by the caller with
 * mtmd_input_chunks_free) or NULL. */
VLM4J_API mtmd_input_chunks * vlm4j_media_tokenize(const struct mtmd_context * projector, int64_t n_parts,
                                                   const char * const * texts, const int64_t * text_lengths,
                                                   const uint8_t * parse_special, const mtmd_bitmap * const * bitmaps,
                                                   bool add_special);

/* mtmd_encode_chunk, then copies the n_floats of its output to out. 0 on success. */
VLM4J_API int32_t vlm4j_media_encode(struct mtmd_context * projector, const mtmd_input_chunk * chunk, float * out, int64_t n_floats);

/* Encodes the first of the chunks, and as many of those that follow as the projector takes in one batch (mtmd_batch_*);
 * chunk i's n_floats[i] are copied to outs[i]. Returns how many were encoded, VLM4J_ERROR_EXCEPTION, or an error of
 * mtmd_batch_encode as a negative number. */
VLM4J_API int32_t vlm4j_media_encode_batch(struct mtmd_context * projector, const mtmd_input_chunk * const * chunks, int32_t n_chunks,
                                           float * const * outs, const int64_t * n_floats);

/* Whether the rows of a media chunk see each other in both directions, so that they must be evaluated at once. */
VLM4J_API bool vlm4j_media_is_causal(const struct mtmd_context * projector, const mtmd_input_chunk * chunk);

/* llama_decode of the rows [first, first + count) of a media chunk whose first row has `position`; for chunks that are causal.
 * embeddings: those of the whole chunk. 0 on success. */
VLM4J_API int32_t vlm4j_media_decode_rows(struct mtmd_context * projector, struct llama_context * context,
                                          const mtmd_input_chunk * chunk, float * embeddings, llama_pos position,
                                          llama_seq_id sequence, int32_t first, int32_t count);

/* mtmd_helper_decode_image_chunk: puts the embeddings of a media chunk into the context's memory. 0 on success. */
VLM4J_API int32_t vlm4j_media_decode(struct mtmd_context * projector, struct llama_context * context,
                                     const mtmd_input_chunk * chunk, float * embeddings, llama_pos position,
                                     llama_seq_id sequence, int32_t batch_size, llama_pos * new_position);

/* ---- images ------------------------------------------------------------------------------------------------------ */

/* Decodes a PNG, JPEG, GIF (first frame) or BMP of at most max_pixels pixels into 8-bit RGB rows, top row first, then
 * applies an EXIF orientation (1..8). Returns the pixels (width * height * 3 bytes), freed with vlm4j_image_free. */
VLM4J_API uint8_t * vlm4j_image_decode(const uint8_t * data, int64_t length, int64_t max_pixels, int32_t orientation,
                                       int32_t * width, int32_t * height);
VLM4J_API void      vlm4j_image_free(uint8_t * pixels);

/* ---- sounds ------------------------------------------------------------------------------------------------------ */

/* Decodes a WAV, MP3 or FLAC of at most max_samples samples (after resampling) into one channel of floats from -1 to 1 at
 * `sample_rate` a second. Returns the samples, freed with vlm4j_audio_free. */
VLM4J_API float * vlm4j_audio_decode(const uint8_t * data, int64_t length, int32_t sample_rate, int64_t max_samples,
                                     int64_t * n_samples);
VLM4J_API void    vlm4j_audio_free(float * samples);

/* ---- tensors and devices ----------------------------------------------------------------------------------------- */

/* ggml_backend_tensor_get; 0 or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_tensor_read(const struct ggml_tensor * tensor, void * data, int64_t offset, int64_t size);

/* ggml_backend_dev_memory and ggml_backend_load_all_from_path; 0 or VLM4J_ERROR_EXCEPTION. */
VLM4J_API int32_t vlm4j_device_memory(ggml_backend_dev_t device, int64_t * free, int64_t * total);
VLM4J_API int32_t vlm4j_backends_load(const char * folder);

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* Threads for a context's CPU work, kept between calls (without them ggml starts new ones for every token). Owned by
 * the caller; must outlive the contexts that it is attached to. NULL when the CPU backend has none. */
struct vlm4j_threads;
VLM4J_API struct vlm4j_threads * vlm4j_threads_create(int32_t n_threads, int32_t n_threads_batch);
VLM4J_API void                   vlm4j_threads_attach(struct vlm4j_threads * threads, struct llama_context * context);
VLM4J_API void                   vlm4j_threads_free(struct vlm4j_threads * threads);

/* Lets others go first where processors are short: lowers the calling thread's priority for good, and that of threads which it
 * starts from now on. Does nothing where that cannot be done for a single thread. */
VLM4J_API void vlm4j_thread_yields(void);

/* ---- chat templates and grammars ----------------------------------------------------------------------------------- */

struct vlm4j_chat_templates;

/* The model's chat templates, or the Jinja source `override` when it is not NULL; ChatML when there is neither.
 * NULL when the source does not parse. The model may be NULL when a source is given; then `bos` and `eos` (or NULL) are
 * the texts that the template sees. Owned by the caller. */
VLM4J_API struct vlm4j_chat_templates * vlm4j_chat_templates_create(const struct llama_model * model, const char * override_source,
                                                                    const char * bos, const char * eos);
VLM4J_API void                          vlm4j_chat_templates_free(struct vlm4j_chat_templates * templates);

/* The Jinja source in use; valid as long as the templates. */
VLM4J_API const char * vlm4j_chat_templates_source(const struct vlm4j_chat_templates * templates);

/* Whether the source came from the model or the caller, and not from the ChatML default. */
VLM4J_API bool vlm4j_chat_templates_explicit(const struct vlm4j_chat_templates * templates);

/* Whether the templates have a capability by llama.cpp's name for it ("supports_tools", "supports_system_role", ...), or
 * "enable_thinking". False for a name that it does not know. */
VLM4J_API bool vlm4j_chat_templates_supports(const struct vlm4j_chat_templates * templates, const char * capability);

/* A rendered conversation, and how its answer is to be constrained and read. */
struct vlm4j_chat_prompt;

/* Renders a request, a JSON object with the fields of llama-server's /v1/chat/completions that concern templates:
 *   "messages": messages in OpenAI's shape; media parts are {"type":"media_marker","text":MARKER},
 *   "add_generation_prompt", "continue_final_message", "tools", "tool_choice", "parallel_tool_calls", "json_schema",
 *   "grammar", "reasoning_format" (llama.cpp's names; default none), "enable_thinking", "chat_template_kwargs",
 *   "now": what templates take for the current time, in seconds since 1970.
 * NULL when the template refuses it. Owned by the caller. */
VLM4J_API struct vlm4j_chat_prompt * vlm4j_chat_apply(const struct vlm4j_chat_templates * templates, const char * request_json);
VLM4J_API void                       vlm4j_chat_prompt_free(struct vlm4j_chat_prompt * prompt);

/* The rendered text, without a leading BOS when the tokenizer adds one; valid as long as the prompt. */
VLM4J_API const char * vlm4j_chat_prompt_text(const struct vlm4j_chat_prompt * prompt);

/* The stop string `index` that this template needs besides end-of-generation tokens; NULL past the last. */
VLM4J_API const char * vlm4j_chat_prompt_stop(const struct vlm4j_chat_prompt * prompt, int64_t index);

/* The text `index` of a special token that must be written into the answer's text for it to be read; NULL past the last. */
VLM4J_API const char * vlm4j_chat_prompt_preserved(const struct vlm4j_chat_prompt * prompt, int64_t index);

/* What llama.cpp calls the format of the answer. */
VLM4J_API const char * vlm4j_chat_prompt_format(const struct vlm4j_chat_prompt * prompt);

/* The grammar of the answer in GBNF; empty when it is free. */
VLM4J_API const char * vlm4j_chat_prompt_grammar(const struct vlm4j_chat_prompt * prompt);

/* The sampler of that grammar: in force from the start, or from the first of its triggers on. NULL when the answer is
 * free (then vlm4j_last_error() is empty) or the grammar does not parse. Owned by the caller. */
VLM4J_API struct llama_sampler * vlm4j_chat_prompt_sampler(const struct vlm4j_chat_prompt * prompt, const struct llama_vocab * vocab);

/* Reads an answer, or with `partial` the beginning of one, into a message in OpenAI's shape: a JSON object with
 * "content", "reasoning_content" and "tool_calls". NULL when it is not in the format. Owned by the caller. */
VLM4J_API char * vlm4j_chat_parse(const struct vlm4j_chat_prompt * prompt, const char * text, bool partial);

/* GBNF grammar of a JSON schema; owned by the caller. */
VLM4J_API char * vlm4j_json_schema_to_grammar(const char * schema_json);

/* ---- graphs of our own ------------------------------------------------------------------------------------------------ */

/* What ggml.h and ggml-backend.h say, guarded: pointers are NULL and numbers VLM4J_ERROR_EXCEPTION when an assertion failed or
 * something was thrown. */

/* ggml_backend_dev_init. CPU work takes n_threads, new ones for each graph unless threads are attached, and ends early once the
 * byte at `abort_flag` is not 0. Freed by the caller with ggml_backend_free. */
VLM4J_API ggml_backend_t vlm4j_backend_create(ggml_backend_dev_t device, int32_t n_threads, void * abort_flag);

/* Gives a CPU backend the threads for decoding, which must outlive it. Does nothing for other backends. */
VLM4J_API void vlm4j_threads_attach_backend(struct vlm4j_threads * threads, ggml_backend_t backend);

/* Places graphs of at most n_nodes on these backends, the last of which must be the CPU. Freed by the caller with
 * ggml_backend_sched_free, before the backends. */
VLM4J_API ggml_backend_sched_t vlm4j_sched_create(ggml_backend_t * backends, int32_t n_backends, int64_t n_nodes);

/* Forgets the graph before, and gives the nodes of this one their memory. 0, or 1 when there is none left. */
VLM4J_API int32_t vlm4j_sched_plan(ggml_backend_sched_t sched, struct ggml_cgraph * graph);

/* Computes the graph that was planned last, as often as wanted. Returns a ggml_status. */
VLM4J_API int32_t vlm4j_sched_compute(ggml_backend_sched_t sched, struct ggml_cgraph * graph);

/* A context with room for so many tensors without data, and a graph of n_nodes if that is not 0. Freed with ggml_free. */
VLM4J_API struct ggml_context * vlm4j_tensors_create(int64_t n_tensors, int64_t n_nodes);
VLM4J_API struct ggml_tensor *  vlm4j_tensor_create(struct ggml_context * context, const char * name, int32_t type, int64_t ne0,
                                                    int64_t ne1, int64_t ne2, int64_t ne3);

/* Weights that lie in the caller's memory, which must outlive the buffer; aligned as in GGUF files. Buffers are freed by the
 * caller with ggml_backend_buffer_free. */
VLM4J_API ggml_backend_buffer_t vlm4j_buffer_of_memory(void * memory, int64_t size);

/* Memory for all tensors of a context that have none; zero, unless it is for weights. NULL also when there is none left. */
VLM4J_API ggml_backend_buffer_t vlm4j_buffer_create(struct ggml_context * context, ggml_backend_buffer_type_t type, bool weights);
VLM4J_API int32_t               vlm4j_buffer_clear(ggml_backend_buffer_t buffer);

/* The type of buffer in which a device multiplies this matrix fastest: on a CPU perhaps one that packs its rows anew. */
VLM4J_API ggml_backend_buffer_type_t vlm4j_matrix_buffer_type(ggml_backend_dev_t device, const struct ggml_tensor * matrix);

VLM4J_API int32_t vlm4j_tensor_place(ggml_backend_buffer_t buffer, struct ggml_tensor * tensor, void * address);
VLM4J_API int32_t vlm4j_tensor_write(struct ggml_tensor * tensor, const void * data, int64_t offset, int64_t size);
/* Where a tensor's data are, when that is in the process's own memory; else NULL. */
VLM4J_API void * vlm4j_tensor_memory(const struct ggml_tensor * tensor);

VLM4J_API struct ggml_cgraph * vlm4j_graph_create(struct ggml_context * context, int64_t n_nodes);
VLM4J_API int32_t              vlm4j_graph_add(struct ggml_cgraph * graph, struct ggml_tensor * node);
/* How many nodes of a graph a device cannot compute; `names` gets their operations, each with its count, cut to `size` bytes. */
VLM4J_API int64_t vlm4j_graph_unsupported(struct ggml_cgraph * graph, ggml_backend_dev_t device, char * names, int64_t size);

/* Nodes: ggml_unary, ggml_sqr, _scale, _add, _mul, _glu_split, _mul_mat, _norm, _rms_norm, _l2_norm, _soft_max_ext (mask may be
 * NULL), _rope_ext (factors may be NULL), _get_rows, _set_rows, _concat of rows, _reshape_3d, _view_3d,
 * _permute of the first three axes, _cont. */
VLM4J_API struct ggml_tensor * vlm4j_op_unary(struct ggml_context * c, struct ggml_tensor * a, int32_t op);
VLM4J_API struct ggml_tensor * vlm4j_op_square(struct ggml_context * c, struct ggml_tensor * a);
VLM4J_API struct ggml_tensor * vlm4j_op_scale(struct ggml_context * c, struct ggml_tensor * a, float factor);
VLM4J_API struct ggml_tensor * vlm4j_op_add(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b);
VLM4J_API struct ggml_tensor * vlm4j_op_multiply(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b);
VLM4J_API struct ggml_tensor * vlm4j_op_glu(struct ggml_context * c, struct ggml_tensor * gate, struct ggml_tensor * up, int32_t op);
VLM4J_API struct ggml_tensor * vlm4j_op_matrix_product(struct ggml_context * c, struct ggml_tensor * matrix, struct ggml_tensor * a);
VLM4J_API struct ggml_tensor * vlm4j_op_norm(struct ggml_context * c, struct ggml_tensor * a, float epsilon);
VLM4J_API struct ggml_tensor * vlm4j_op_rms_norm(struct ggml_context * c, struct ggml_tensor * a, float epsilon);
VLM4J_API struct ggml_tensor * vlm4j_op_l2_norm(struct ggml_context * c, struct ggml_tensor * a, float epsilon);
VLM4J_API struct ggml_tensor * vlm4j_op_soft_max(struct ggml_context * c, struct ggml_tensor * scores, struct ggml_tensor * mask,
                                                 float scale);
VLM4J_API struct ggml_tensor * vlm4j_op_rope(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * positions,
                                             struct ggml_tensor * factors, int32_t n_dims, bool neox, float base, float scale);
VLM4J_API struct ggml_tensor * vlm4j_op_rows(struct ggml_context * c, struct ggml_tensor * table, struct ggml_tensor * rows);
VLM4J_API struct ggml_tensor * vlm4j_op_put_rows(struct ggml_context * c, struct ggml_tensor * table, struct ggml_tensor * a,
                                                 struct ggml_tensor * rows);
VLM4J_API struct ggml_tensor * vlm4j_op_append(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b);
VLM4J_API struct ggml_tensor * vlm4j_op_reshape(struct ggml_context * c, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2);
VLM4J_API struct ggml_tensor * vlm4j_op_view(struct ggml_context * c, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2,
                                             int64_t nb1, int64_t nb2, int64_t offset);
VLM4J_API struct ggml_tensor * vlm4j_op_permute(struct ggml_context * c, struct ggml_tensor * a, int32_t axis0, int32_t axis1,
                                                int32_t axis2);
VLM4J_API struct ggml_tensor * vlm4j_op_contiguous(struct ggml_context * c, struct ggml_tensor * a);

/* The same for training: ggml_cpy, _div, _scale_bias, _sum, _repeat_back to a shape, and the derivatives. */
VLM4J_API struct ggml_tensor * vlm4j_op_copy(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * target);
VLM4J_API struct ggml_tensor * vlm4j_op_divide(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b);
VLM4J_API struct ggml_tensor * vlm4j_op_affine(struct ggml_context * c, struct ggml_tensor * a, float factor, float bias);
VLM4J_API struct ggml_tensor * vlm4j_op_sum(struct ggml_context * c, struct ggml_tensor * a);
VLM4J_API struct ggml_tensor * vlm4j_op_fold(struct ggml_context * c, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2);
VLM4J_API struct ggml_tensor * vlm4j_op_silu_back(struct ggml_context * c, struct ggml_tensor * gradient, struct ggml_tensor * a);
VLM4J_API struct ggml_tensor * vlm4j_op_soft_max_back(struct ggml_context * c, struct ggml_tensor * gradient,
                                                      struct ggml_tensor * probabilities, float scale);
VLM4J_API struct ggml_tensor * vlm4j_op_rms_norm_back(struct ggml_context * c, struct ggml_tensor * gradient, struct ggml_tensor * a,
                                                      float epsilon);
VLM4J_API struct ggml_tensor * vlm4j_op_rope_back(struct ggml_context * c, struct ggml_tensor * gradient, struct ggml_tensor * positions,
                                                  struct ggml_tensor * factors, int32_t n_dims, bool neox, float base, float scale);
VLM4J_API struct ggml_tensor * vlm4j_op_rows_back(struct ggml_context * c, struct ggml_tensor * gradient, struct ggml_tensor * rows,
                                                  struct ggml_tensor * table);
VLM4J_API struct ggml_tensor * vlm4j_op_cross_entropy(struct ggml_context * c, struct ggml_tensor * logits, struct ggml_tensor * labels);
VLM4J_API struct ggml_tensor * vlm4j_op_cross_entropy_back(struct ggml_context * c, struct ggml_tensor * logits,
                                                           struct ggml_tensor * labels, struct ggml_tensor * gradient);

/* Rows of a plane {ne0, ne1, ne2} as its columns {ne1, ne0, ne2}, in F32 whatever the type was. The CPU computes it. */
VLM4J_API struct ggml_tensor * vlm4j_op_turned(struct ggml_context * c, struct ggml_tensor * a);
/* Product of F32 matrices: 0: {k, m}, {k, n} -> {m, n}; 1: {m, k}, {k, n} -> {m, n}; 2: {m, k}, {n, k} -> {m, n}. The CPU computes it. */
VLM4J_API struct ggml_tensor * vlm4j_op_product(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b, int32_t layout);
/* How many numbers vlm4j_op_product computes at once: 16 with AVX-512, 8 with AVX2, 1 where it is ggml's product; and the same with fewer. */
VLM4J_API int32_t vlm4j_product_width(void);
VLM4J_API struct ggml_tensor * vlm4j_op_product_of(struct ggml_context * c, struct ggml_tensor * a, struct ggml_tensor * b, int32_t layout,
                                                   int32_t width);
/* One number, the squares of a contiguous F32 tensor added up in double precision. The CPU computes it. */
VLM4J_API struct ggml_tensor * vlm4j_op_square_sum(struct ggml_context * c, struct ggml_tensor * a);
/* ggml_pad with rows of zeros behind those of each plane; ggml_add_inplace and ggml_scale_inplace, which change `sum` and `a`. */
VLM4J_API struct ggml_tensor * vlm4j_op_pad_rows(struct ggml_context * c, struct ggml_tensor * a, int32_t rows);
VLM4J_API struct ggml_tensor * vlm4j_op_add_to(struct ggml_context * c, struct ggml_tensor * sum, struct ggml_tensor * a);
VLM4J_API struct ggml_tensor * vlm4j_op_scale_in_place(struct ggml_context * c, struct ggml_tensor * a, float factor);

/* ggml_opt_step_adamw: changes weights, m and v. `settings` holds rate, beta1, beta2, epsilon, decay, 1 / (1 - beta1^step) and
 * 1 / (1 - beta2^step). */
VLM4J_API struct ggml_tensor * vlm4j_op_adamw(struct ggml_context * c, struct ggml_tensor * weights, struct ggml_tensor * gradient,
                                              struct ggml_tensor * m, struct ggml_tensor * v, struct ggml_tensor * settings);
/* The same with moments in 8 bits: I8 codes of the shape of weights, and an F32 scale for each 256 of them. All begin with zeros, and are
 * changed with the weights. The CPU computes it. */
VLM4J_API struct ggml_tensor * vlm4j_op_adamw_8bit(struct ggml_context * c, struct ggml_tensor * weights, struct ggml_tensor * gradient,
                                                   struct ggml_tensor * m, struct ggml_tensor * m_scales, struct ggml_tensor * v,
                                                   struct ggml_tensor * v_scales, struct ggml_tensor * settings);

#ifdef __cplusplus
}
#endif

#endif
