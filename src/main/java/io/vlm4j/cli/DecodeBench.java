package io.vlm4j.cli;

import com.sun.management.ThreadMXBean;
import io.vlm4j.generation.Drafts;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Sampler;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// Evaluating and choosing tokens, measured: at the level of token ids with the same loop and the same prompt as
/// `native/bench.c`, and with text as it is streamed.
final class DecodeBench {
    private static final String WORDS = " a red apple and a house";

    private final InferenceContext context;
    private final Sampler sampler;
    private final int promptTokens;
    private final int tokens;
    private final String text;
    private final ProcessClock clock = new ProcessClock();
    private final ThreadMXBean heap = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// @param context with room for prompt and tokens
    /// @param text    of the prompts that are text; absent for words that say the same again and again
    DecodeBench(InferenceContext context, Sampler sampler, int promptTokens, int tokens, Optional<String> text) {
        this.context = context;
        this.sampler = sampler;
        this.promptTokens = promptTokens;
        this.tokens = tokens;
        this.text = text.orElseGet(this::promptText);
    }

    /// A round with guesses.
    record Guessed(Round round, Drafts drafts) {}

    Round tokens() {
        int[] prompt = prompt(context.model().tokenizer().size());
        context.clear();
        sampler.reset();
        long prefillStart = System.nanoTime();
        context.decode(prompt);
        long prefill = System.nanoTime() - prefillStart;

        ProcessClock.Reading cpuStart = clock.start();
        long heapStart = heap.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        for (int i = 0; i < tokens; i++) {
            context.decode(context.sample(sampler));
        }
        long wall = System.nanoTime() - start;
        long allocated = heap.getCurrentThreadAllocatedBytes() - heapStart;
        long cpu = clock.stop().since(cpuStart);
        return round(promptTokens * 1e9 / prefill, wall, cpu, allocated, tokens);
    }

    /// The 64-bit linear congruential generator of Knuth's MMIX from state 1, as in the C program.
    private int[] prompt(int vocabulary) {
        int[] prompt = new int[promptTokens];
        long state = 1;
        for (int i = 0; i < prompt.length; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            prompt[i] = (int) ((state >>> 33) % vocabulary);
        }
        return prompt;
    }

    /// The same with everything that a program does that shows text: prompts of text, stop rules, characters, events.
    Round text() {
        return guessed(Speculation.none()).round();
    }

    /// As [#text()], with tokens guessed ahead.
    Guessed guessed(Speculation speculation) {
        Prompt prompt = Prompt.builder().text(text).build();
        GenerationOptions options = GenerationOptions.builder()
                .maxTokens(tokens)
                .ignoreEnd(true)
                .reuse(Reuse.NONE)
                .speculation(speculation)
                .build();
        try (GenerationStream stream = new Generator(context, null).stream(prompt, options)) {
            GenerationEvent event = stream.next();
            while (!(event instanceof GenerationEvent.PromptEvaluated)) {
                event = stream.next();
            }
            ProcessClock.Reading cpuStart = clock.start();
            long heapStart = heap.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            while (true) {
                if (stream.next() instanceof GenerationEvent.Finished finished) {
                    long wall = System.nanoTime() - start;
                    long allocated = heap.getCurrentThreadAllocatedBytes() - heapStart;
                    long cpu = clock.stop().since(cpuStart);
                    double seconds = finished.generation().timings().prefill().toNanos() / 1e9;
                    Round round = round(
                            finished.generation().usage().promptTokens() / seconds,
                            wall,
                            cpu,
                            allocated,
                            finished.generation().usage().completionTokens());
                    return new Guessed(round, finished.generation().drafts().orElse(new Drafts(0, 0)));
                }
            }
        }
    }

    /// As many words as fit into the tokens of a prompt.
    private String promptText() {
        Tokenizer tokenizer = context.model().tokenizer();
        int copies = Math.max(1, promptTokens / 4);
        int length = tokenizer.encode(WORDS.repeat(copies), true, false).length;
        while (length > promptTokens && copies > 1) {
            copies = Math.max(1, Math.min(copies - 1, (int) ((long) copies * promptTokens / length)));
            length = tokenizer.encode(WORDS.repeat(copies), true, false).length;
        }
        return WORDS.repeat(copies);
    }

    private static Round round(double prefill, long wall, long cpu, long heap, int tokens) {
        return new Round(prefill, (double) wall / tokens, (double) cpu / tokens, (double) heap / tokens);
    }
}
