package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.llama.llama_logit_bias;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.bindings.shim.vlm4j_sampler_accept_callback;
import io.vlm4j.bindings.shim.vlm4j_sampler_apply_callback;
import io.vlm4j.bindings.shim.vlm4j_sampler_reset_callback;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/// `llama_sampler`: a chain of steps that choose the next token from the logits. One thread at a time.
///
/// Each `add…` appends one step to a chain, which then owns it. Meanings, units and defaults are stated where the
/// options are (slice `sampling`).
public final class LlamaSamplers {
    /// Returned by [#sample] when something was caught; [Shim#failure] has it.
    public static final int EXCEPTION = Shim.EXCEPTION;

    /// Returned by [#sample] when the output asked for has no logits.
    public static final int NO_LOGITS = -1001;

    private LlamaSamplers() {}

    public static NativeHandle createChain() {
        return new NativeHandle("sampler", checkMade(ShimH.vlm4j_sampler_chain(), "chain"), LlamaH::llama_sampler_free);
    }

    /// Samples from output `index` (-1: the last) and accepts the token; negative codes are failures.
    public static int sample(MemorySegment chain, MemorySegment context, int index) {
        return ShimH.vlm4j_sample(chain, context, index);
    }

    /// As [#sample], by the logits of the whole vocabulary that lie in `logits`.
    public static int sampleFrom(MemorySegment chain, MemorySegment logits) {
        return ShimH.vlm4j_sample_logits(chain, logits, (int) (logits.byteSize() / Float.BYTES));
    }

    /// Tells the chain of a token that it did not choose itself; false when its grammar does not allow the token.
    ///
    /// @throws Vlm4jException.NativeAbort when an assertion failed
    public static boolean accept(MemorySegment chain, int token) {
        boolean allowed = ShimH.vlm4j_sampler_accept(chain, token) == 0;
        if (!allowed && Shim.isAssertion()) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot accept token " + token, Shim.NO_LOG, chain);
        }
        return allowed;
    }

    public static void reset(MemorySegment chain) {
        Shim.check(ShimH.vlm4j_sampler_reset(chain), "cannot reset a sampler", chain);
    }

    private static void add(MemorySegment chain, MemorySegment sampler, String what) {
        Shim.check(ShimH.vlm4j_sampler_add(chain, checkMade(sampler, what)), "cannot add a sampler", chain);
    }

    private static MemorySegment checkMade(MemorySegment sampler, String what) {
        if (sampler.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot create the " + what + " sampler", Shim.NO_LOG);
        }
        return sampler;
    }

    public static void addGreedy(MemorySegment chain) {
        add(chain, LlamaH.llama_sampler_init_greedy(), "greedy");
    }

    public static void addDistribution(MemorySegment chain, int seed) {
        add(chain, LlamaH.llama_sampler_init_dist(seed), "distribution");
    }

    public static void addTopK(MemorySegment chain, int k) {
        add(chain, LlamaH.llama_sampler_init_top_k(k), "top-k");
    }

    public static void addTopP(MemorySegment chain, float p, int minKeep) {
        add(chain, LlamaH.llama_sampler_init_top_p(p, minKeep), "top-p");
    }

    public static void addMinP(MemorySegment chain, float p, int minKeep) {
        add(chain, LlamaH.llama_sampler_init_min_p(p, minKeep), "min-p");
    }

    public static void addTypical(MemorySegment chain, float p, int minKeep) {
        add(chain, LlamaH.llama_sampler_init_typical(p, minKeep), "typical");
    }

    public static void addTopNSigma(MemorySegment chain, float n) {
        add(chain, LlamaH.llama_sampler_init_top_n_sigma(n), "top-n-sigma");
    }

    public static void addXtc(MemorySegment chain, float probability, float threshold, int minKeep, int seed) {
        add(chain, LlamaH.llama_sampler_init_xtc(probability, threshold, minKeep, seed), "XTC");
    }

    public static void addTemperature(MemorySegment chain, float temperature) {
        add(chain, LlamaH.llama_sampler_init_temp(temperature), "temperature");
    }

    public static void addDynamicTemperature(MemorySegment chain, float temperature, float range, float exponent) {
        add(chain, LlamaH.llama_sampler_init_temp_ext(temperature, range, exponent), "dynamic temperature");
    }

    public static void addMirostat(MemorySegment chain, int vocabularySize, int seed, float tau, float eta, int m) {
        add(chain, ShimH.vlm4j_sampler_mirostat(vocabularySize, seed, tau, eta, m), "mirostat");
    }

    public static void addMirostatV2(MemorySegment chain, int seed, float tau, float eta) {
        add(chain, LlamaH.llama_sampler_init_mirostat_v2(seed, tau, eta), "mirostat 2");
    }

    public static void addPenalties(
            MemorySegment chain, int vocabularySize, int lastN, float repeat, float frequency, float presence) {
        add(chain, ShimH.vlm4j_sampler_penalties(vocabularySize, lastN, repeat, frequency, presence), "penalties");
    }

    public static void addDry(
            MemorySegment chain,
            MemorySegment vocabulary,
            float multiplier,
            float base,
            int allowedLength,
            int lastN,
            List<String> breakers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment texts = arena.allocate(ValueLayout.ADDRESS, Math.max(1, breakers.size()));
            for (int i = 0; i < breakers.size(); i++) {
                texts.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(breakers.get(i)));
            }
            add(
                    chain,
                    ShimH.vlm4j_sampler_dry(vocabulary, multiplier, base, allowedLength, lastN, texts, breakers.size()),
                    "DRY");
        }
    }

    public static void addLogitBias(MemorySegment chain, int vocabularySize, Map<Integer, Float> biases) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries = llama_logit_bias.allocateArray(biases.size(), arena);
            long i = 0;
            for (Map.Entry<Integer, Float> bias : biases.entrySet()) {
                MemorySegment entry = llama_logit_bias.asSlice(entries, i++);
                llama_logit_bias.token(entry, bias.getKey());
                llama_logit_bias.bias(entry, bias.getValue());
            }
            add(chain, ShimH.vlm4j_sampler_logit_bias(vocabularySize, biases.size(), entries), "logit bias");
        }
    }

    /// @throws Vlm4jException.InvalidGrammar when the GBNF does not parse
    public static void addGrammar(MemorySegment chain, MemorySegment vocabulary, String gbnf, String root) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sampler =
                    ShimH.vlm4j_sampler_grammar(vocabulary, arena.allocateFrom(gbnf), arena.allocateFrom(root));
            if (sampler.address() == 0) {
                throw Shim.failure(Vlm4jException.InvalidGrammar::new, "the grammar does not parse", mark, chain);
            }
            add(chain, sampler, "grammar");
        }
    }

    /// A step that was made elsewhere, which the chain takes over.
    public static void addOwned(MemorySegment chain, MemorySegment sampler) {
        add(chain, sampler, "given");
    }

    /// A step written in Java. The functions must not throw; stubs live in `lifetime`, which must outlive the
    /// chain.
    public static void addCustom(
            MemorySegment chain, Consumer<MemorySegment> apply, IntConsumer accept, Runnable reset, Arena lifetime) {
        MemorySegment sampler = ShimH.vlm4j_sampler_custom(
                vlm4j_sampler_apply_callback.allocate((candidates, data) -> apply.accept(candidates), lifetime),
                vlm4j_sampler_accept_callback.allocate((token, data) -> accept.accept(token), lifetime),
                vlm4j_sampler_reset_callback.allocate(data -> reset.run(), lifetime),
                MemorySegment.NULL);
        add(chain, sampler, "custom");
    }
}
