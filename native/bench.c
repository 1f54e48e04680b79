/*
 * The decode loop of `./vlm4j bench` in plain C, on the same libraries: what the Java loop is compared with.
 *
 *   vlm4j-bench MODEL [--prompt-tokens N] [--tokens N] [--threads N] [--repeat R] [--sample greedy]
 *                     [--flash-attention off|on|auto] [--json]
 *
 * One unreported round warms up. Then each round clears the context, decodes a prompt of pseudo-random tokens as one
 * batch, and times N steps of one vlm4j_sample (greedy) and one vlm4j_decode. CPU time is that of the whole process.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include "vlm4j.h"

#include "ggml-backend.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct options {
    const char * model;
    const char * flash_attention;
    int32_t      prompt_tokens;
    int32_t      tokens;
    int32_t      threads;
    int32_t      repeat;
    bool         json;
};

struct figures {
    double prefill_tokens_per_second;
    double wall_ns_per_token;
    double cpu_ns_per_token;
};

static void fail(const char * what, const char * detail) {
    fprintf(stderr, "vlm4j-bench: %s%s%s\n", what, *detail != '\0' ? ": " : "", detail);
    exit(1);
}

static void misused(const char * argument) {
    fprintf(stderr,
            "vlm4j-bench: cannot use '%s'\n"
            "Usage: vlm4j-bench MODEL [--prompt-tokens N] [--tokens N] [--threads N] [--repeat R] [--sample greedy]\n"
            "                         [--flash-attention off|on|auto] [--json]\n",
            argument);
    exit(2);
}

static int32_t positive(const char * text) {
    char * end = NULL;
    const long value = text != NULL ? strtol(text, &end, 10) : 0;
    if (text == NULL || *end != '\0' || value < 1 || value > 1000000) {
        misused(text != NULL ? text : "(a missing number)");
    }
    return (int32_t) value;
}

static struct options parse(int argc, char ** argv) {
    struct options options = { NULL, "off", 128, 128, 1, 5, false };
    for (int i = 1; i < argc; i++) {
        const char * name  = argv[i];
        const char * value = i + 1 < argc ? argv[i + 1] : NULL;
        if (name[0] != '-' && options.model == NULL) {
            options.model = name;
        } else if (strcmp(name, "--json") == 0) {
            options.json = true;
        } else if (strcmp(name, "--prompt-tokens") == 0) {
            options.prompt_tokens = positive(value), i++;
        } else if (strcmp(name, "--tokens") == 0) {
            options.tokens = positive(value), i++;
        } else if (strcmp(name, "--threads") == 0) {
            options.threads = positive(value), i++;
        } else if (strcmp(name, "--repeat") == 0) {
            options.repeat = positive(value), i++;
        } else if (strcmp(name, "--sample") == 0 && value != NULL && strcmp(value, "greedy") == 0) {
            i++;
        } else if (strcmp(name, "--flash-attention") == 0 && value != NULL) {
            options.flash_attention = value, i++;
        } else {
            misused(name);
        }
    }
    if (options.model == NULL) {
        misused("(a missing model)");
    }
    return options;
}

static enum llama_flash_attn_type flash_attention(const char * name) {
    if (strcmp(name, "off") == 0) {
        return LLAMA_FLASH_ATTN_TYPE_DISABLED;
    }
    if (strcmp(name, "on") == 0) {
        return LLAMA_FLASH_ATTN_TYPE_ENABLED;
    }
    if (strcmp(name, "auto") != 0) {
        misused(name);
    }
    return LLAMA_FLASH_ATTN_TYPE_AUTO;
}

static int64_t wall_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t cpu_ns(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ((int64_t) usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
           ((int64_t) usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static void silent(enum ggml_log_level level, const char * text, void * data) {
    (void) level, (void) text, (void) data;
}

static void decode(struct llama_context * context, const struct llama_batch * batch) {
    const int32_t code = vlm4j_decode(context, batch);
    if (code != 0) {
        char detail[64];
        snprintf(detail, sizeof detail, "code %" PRId32, code);
        fail("vlm4j_decode", code == VLM4J_ERROR_EXCEPTION ? vlm4j_last_error() : detail);
    }
}

/* A prompt that any language can make again: the 64-bit linear congruential generator of Knuth's MMIX, from state 1. */
static void fill_prompt(struct llama_batch * batch, int32_t n, int32_t n_vocabulary) {
    uint64_t state = 1;
    batch->n_tokens = n;
    for (int32_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        batch->token[i]     = (llama_token) ((state >> 33) % (uint64_t) n_vocabulary);
        batch->pos[i]       = i;
        batch->n_seq_id[i]  = 1;
        batch->seq_id[i][0] = 0;
        batch->logits[i]    = i == n - 1;
    }
}

static struct figures measure(struct llama_context * context, struct llama_sampler * sampler, struct llama_batch * prompt,
                              struct llama_batch * step, const struct options * options) {
    llama_memory_clear(llama_get_memory(context), true);
    const int64_t prefill_start = wall_ns();
    decode(context, prompt);
    llama_synchronize(context);
    const int64_t start = wall_ns(), cpu_start = cpu_ns();
    for (int32_t i = 0; i < options->tokens; i++) {
        const llama_token token = vlm4j_sample(sampler, context, -1);
        if (token < 0) {
            fail("vlm4j_sample", vlm4j_last_error());
        }
        step->token[0] = token;
        step->pos[0]   = options->prompt_tokens + i;
        decode(context, step);
    }
    llama_synchronize(context);
    const int64_t end = wall_ns(), cpu_end = cpu_ns();
    return (struct figures) {
        .prefill_tokens_per_second = options->prompt_tokens * 1e9 / (double) (start - prefill_start),
        .wall_ns_per_token         = (double) (end - start) / options->tokens,
        .cpu_ns_per_token          = (double) (cpu_end - cpu_start) / options->tokens,
    };
}

static int compare(const void * a, const void * b) {
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double median(const struct figures * rounds, int32_t n, size_t offset) {
    double * values = malloc((size_t) n * sizeof(double));
    if (values == NULL) {
        fail("out of memory", "");
    }
    for (int32_t i = 0; i < n; i++) {
        memcpy(&values[i], (const char *) &rounds[i] + offset, sizeof(double));
    }
    qsort(values, (size_t) n, sizeof(double), compare);
    const double middle = (values[(n - 1) / 2] + values[n / 2]) / 2;
    free(values);
    return middle;
}

static void print(const char * before, const struct figures * f, bool json, const char * after) {
    printf(json ? "%s{\"prefill_tokens_per_second\": %.1f, \"wall_ns_per_token\": %.0f, \"cpu_ns_per_token\": %.0f}%s"
                : "%s%12.1f prefill tokens/s %12.0f wall ns/token %12.0f CPU ns/token%s",
           before, f->prefill_tokens_per_second, f->wall_ns_per_token, f->cpu_ns_per_token, after);
}

static void report(const struct options * options, const struct figures * rounds) {
    const int32_t n = options->repeat;
    const struct figures middle = {
        median(rounds, n, offsetof(struct figures, prefill_tokens_per_second)),
        median(rounds, n, offsetof(struct figures, wall_ns_per_token)),
        median(rounds, n, offsetof(struct figures, cpu_ns_per_token)),
    };
    if (options->json) {
        printf("{\"prompt_tokens\": %" PRId32 ", \"tokens\": %" PRId32 ", \"threads\": %" PRId32
               ", \"flash_attention\": \"%s\",\n \"rounds\": [", options->prompt_tokens, options->tokens, options->threads,
               options->flash_attention);
    }
    for (int32_t i = 0; i < n; i++) {
        print(i > 0 && options->json ? "\n  " : "", &rounds[i], options->json, options->json ? (i < n - 1 ? "," : "],\n") : "\n");
    }
    print(options->json ? " \"median\": " : "median:\n", &middle, options->json, options->json ? "}\n" : "\n");
}

int main(int argc, char ** argv) {
    const struct options options = parse(argc, argv);
    llama_log_set(silent, NULL);
    ggml_backend_load_all(); /* from this program's folder; does nothing where they are linked in */

    const struct llama_model_params model_params = llama_model_default_params();
    struct llama_model * model = vlm4j_model_load(options.model, &model_params);
    if (model == NULL) {
        fail(options.model, *vlm4j_last_error() != '\0' ? vlm4j_last_error() : "not a model that can be loaded");
    }
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx           = (uint32_t) (options.prompt_tokens + options.tokens);
    params.n_batch         = (uint32_t) options.prompt_tokens;
    params.n_threads       = options.threads;
    params.n_threads_batch = options.threads;
    params.flash_attn_type = flash_attention(options.flash_attention);
    params.no_perf         = true;
    struct llama_context * context = vlm4j_context_create(model, &params); /* the KV cache is F16 by default */
    if (context == NULL) {
        fail("no context", vlm4j_last_error());
    }
    struct vlm4j_threads * threads = vlm4j_threads_create(options.threads, options.threads);
    if (threads != NULL) {
        vlm4j_threads_attach(threads, context);
    }
    struct llama_sampler * sampler = llama_sampler_chain_init(llama_sampler_chain_default_params());
    llama_sampler_chain_add(sampler, llama_sampler_init_greedy());
    struct llama_batch prompt = llama_batch_init(options.prompt_tokens, 0, 1), step = llama_batch_init(1, 0, 1);
    struct figures * rounds = calloc((size_t) options.repeat, sizeof *rounds);
    if (rounds == NULL) {
        fail("out of memory", "");
    }
    fill_prompt(&prompt, options.prompt_tokens, llama_vocab_n_tokens(llama_model_get_vocab(model)));
    fill_prompt(&step, 1, 1);

    measure(context, sampler, &prompt, &step, &options);
    for (int32_t i = 0; i < options.repeat; i++) {
        rounds[i] = measure(context, sampler, &prompt, &step, &options);
    }
    report(&options, rounds);

    free(rounds);
    llama_batch_free(prompt);
    llama_batch_free(step);
    llama_sampler_free(sampler);
    llama_free(context);
    vlm4j_threads_free(threads);
    llama_model_free(model);
    return 0;
}
