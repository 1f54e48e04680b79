package io.vlm4j.generation.internal;

import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.prompt.TokenizedPrompt;
import java.time.Duration;

/// What a generation has taken so far, in tokens and time.
public final class Figures {
    private int promptTokens;
    private int imageTokens;
    private int reusedTokens;
    private int cachedImageTokens;
    private Duration prepare = Duration.ZERO;
    private Duration imageEncode = Duration.ZERO;
    private Duration prefill = Duration.ZERO;
    private long decodeStart;

    /// The prompt was tokenized, and its pictures preprocessed.
    public void prepared(TokenizedPrompt prompt, Duration time) {
        promptTokens = prompt.tokens();
        imageTokens = prompt.mediaTokens();
        prepare = time;
    }

    /// @param tokens of the prompt that were there already
    public void reused(int tokens) {
        reusedTokens = tokens;
    }

    public void encoded(int tokens, Duration time, boolean cached) {
        cachedImageTokens += cached ? tokens : 0;
        imageEncode = imageEncode.plus(time);
    }

    /// A part of the prompt was evaluated.
    public void evaluated(Duration time) {
        prefill = prefill.plus(time);
    }

    /// The answer begins.
    public void decoding() {
        decodeStart = System.nanoTime();
    }

    public int promptTokens() {
        return promptTokens;
    }

    public int reusedTokens() {
        return reusedTokens;
    }

    public Duration prefill() {
        return prefill;
    }

    Usage usage(int completionTokens) {
        return new Usage(promptTokens, imageTokens, reusedTokens, cachedImageTokens, completionTokens);
    }

    /// As of now.
    Timings timings() {
        Duration decode = decodeStart == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - decodeStart);
        return new Timings(prepare, imageEncode, prefill, decode);
    }
}
