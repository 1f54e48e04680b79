package io.vlm4j.sampling.internal;

import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.llama.LlamaSamplers;
import io.vlm4j.natives.shim.ChatPrompts;
import io.vlm4j.prompt.internal.RenderedChatImpl;
import io.vlm4j.sampling.CustomSampler;
import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Mirostat;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingStage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Turns options into native steps, leaving out those that would do nothing.
final class ChainBuilder {
    private static final int RANDOM_SEED = 0xFFFF_FFFF; // llama.h: LLAMA_DEFAULT_SEED
    private static final int MIROSTAT_M = 100; // of the paper

    private final MemorySegment chain;
    private final TokenizerImpl tokenizer;
    private final SamplingOptions options;
    private final Arena stubs;
    private final Callbacks callbacks;
    private final @Nullable RenderedChatImpl answerTo;
    private final int seed;

    /// @param answerTo the conversation whose template may constrain the answer
    ChainBuilder(
            MemorySegment chain,
            TokenizerImpl tokenizer,
            SamplingOptions options,
            @Nullable RenderedChatImpl answerTo,
            Arena stubs,
            Callbacks callbacks) {
        this.answerTo = answerTo;
        this.chain = chain;
        this.tokenizer = tokenizer;
        this.options = options;
        this.stubs = stubs;
        this.callbacks = callbacks;
        this.seed = (int) options.seed().orElse(RANDOM_SEED);
    }

    void build() {
        options.order().forEach(this::add);
        if (options.temperature() == 0) {
            LlamaSamplers.addGreedy(chain);
        } else {
            options.mirostat().ifPresentOrElse(this::addMirostat, () -> LlamaSamplers.addDistribution(chain, seed));
        }
    }

    private void add(SamplingStage stage) {
        switch (stage) {
            case LOGIT_BIAS -> {
                if (!options.logitBias().isEmpty()) {
                    LlamaSamplers.addLogitBias(chain, tokenizer.size(), options.logitBias());
                }
            }
            case GRAMMAR -> {
                options.grammar().ifPresent(this::addGrammar);
                addConstraint();
            }
            case PENALTIES -> addPenalties();
            case DRY -> options.dry().filter(dry -> dry.multiplier() > 0).ifPresent(this::addDry);
            case CUSTOM -> options.custom().forEach(this::addCustom);
            default -> {
                if (options.temperature() > 0) { // cutting does not change which token is the most likely
                    addShaping(stage);
                }
            }
        }
    }

    private void addConstraint() {
        if (answerTo != null) {
            checkConstraint(answerTo.grammar());
            MemorySegment constraint = ChatPrompts.sampler(answerTo.handle().segment(), tokenizer.vocabulary());
            if (constraint.address() != 0) {
                LlamaSamplers.addOwned(chain, constraint);
            } else {
                answerTo.ownGrammar().map(Grammar::of).ifPresent(this::addGrammar);
            }
        }
    }

    /// A grammar that a conversation brings, given to it or made of its tools and schema, is bounded like any other.
    private static void checkConstraint(String grammar) {
        if (!grammar.isBlank()) {
            var _ = Grammar.of(grammar);
        }
    }

    private void addShaping(SamplingStage stage) {
        int minKeep = options.minKeep();
        switch (stage) {
            case TOP_N_SIGMA -> {
                if (options.topNSigma() > 0) {
                    LlamaSamplers.addTopNSigma(chain, options.topNSigma());
                }
            }
            case TOP_K -> {
                if (options.topK() > 0) {
                    LlamaSamplers.addTopK(chain, options.topK());
                }
            }
            case TYPICAL_P -> {
                if (options.typicalP() < 1) {
                    LlamaSamplers.addTypical(chain, options.typicalP(), minKeep);
                }
            }
            case TOP_P -> {
                if (options.topP() < 1) {
                    LlamaSamplers.addTopP(chain, options.topP(), minKeep);
                }
            }
            case MIN_P -> {
                if (options.minP() > 0) {
                    LlamaSamplers.addMinP(chain, options.minP(), minKeep);
                }
            }
            case XTC -> {
                if (options.xtcProbability() > 0) {
                    LlamaSamplers.addXtc(chain, options.xtcProbability(), options.xtcThreshold(), minKeep, seed);
                }
            }
            case TEMPERATURE -> addTemperature();
            default -> throw new AssertionError(stage);
        }
    }

    private void addTemperature() {
        if (options.dynamicRange() > 0) {
            LlamaSamplers.addDynamicTemperature(
                    chain, options.temperature(), options.dynamicRange(), options.dynamicExponent());
        } else {
            LlamaSamplers.addTemperature(chain, options.temperature());
        }
    }

    private void addPenalties() {
        boolean neutral =
                options.repeatPenalty() == 1 && options.frequencyPenalty() == 0 && options.presencePenalty() == 0;
        if (options.penaltyLastTokens() > 0 && !neutral) {
            LlamaSamplers.addPenalties(
                    chain,
                    tokenizer.size(),
                    options.penaltyLastTokens(),
                    options.repeatPenalty(),
                    options.frequencyPenalty(),
                    options.presencePenalty());
        }
    }

    private void addGrammar(Grammar grammar) {
        LlamaSamplers.addGrammar(chain, tokenizer.vocabulary(), grammar.source(), grammar.root());
    }

    private void addDry(DryOptions dry) {
        LlamaSamplers.addDry(
                chain,
                tokenizer.vocabulary(),
                dry.multiplier(),
                dry.base(),
                dry.allowedLength(),
                dry.lastTokens(),
                dry.breakers());
    }

    private void addMirostat(Mirostat mirostat) {
        if (mirostat.version() == 1) {
            LlamaSamplers.addMirostat(chain, tokenizer.size(), seed, mirostat.tau(), mirostat.eta(), MIROSTAT_M);
        } else {
            LlamaSamplers.addMirostatV2(chain, seed, mirostat.tau(), mirostat.eta());
        }
    }

    private void addCustom(CustomSampler custom) {
        NativeCandidates candidates = new NativeCandidates();
        LlamaSamplers.addCustom(
                chain,
                array -> callbacks.run(() -> {
                    candidates.open(array);
                    try {
                        custom.apply(candidates);
                    } finally {
                        candidates.finish();
                    }
                }),
                token -> callbacks.run(() -> custom.accept(token)),
                () -> callbacks.run(custom::reset),
                stubs);
    }
}
