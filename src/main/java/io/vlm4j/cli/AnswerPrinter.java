package io.vlm4j.cli;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import java.util.Locale;

/// Writes an answer as it comes: each piece reaches the reader at once, be it a person or a program, and a reader who
/// has gone is noticed at the next one.
final class AnswerPrinter implements GenerationListener {
    private final RootCommand root;
    private final ProgressLine progress;
    private final String before;
    private boolean begun;
    private boolean atLineStart;

    /// @param before what stands in front of the answer
    AnswerPrinter(RootCommand root, ProgressLine progress, String before) {
        this.root = root;
        this.progress = progress;
        this.before = before;
    }

    @Override
    public void onEvent(GenerationEvent event) {
        switch (event) {
            case GenerationEvent.MediaEncoded encoded -> progress.show("reading the prompt");
            case GenerationEvent.PromptEvaluated evaluated -> progress.clear();
            case GenerationEvent.Text text -> print(text.text());
            case GenerationEvent.Finished finished -> end(finished.generation());
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            progress.clear();
            root.out().print(before);
        }
    }

    /// Leaves the output in order when the answer failed.
    void abandon() {
        if (begun && !atLineStart) {
            root.out().line("");
            root.out().flush();
        }
    }

    private void print(String text) {
        begin();
        root.out().print(text);
        atLineStart = text.endsWith("\n");
        root.out().flush();
    }

    private void end(Generation generation) {
        begin();
        if (!atLineStart) {
            root.out().line("");
        }
        root.out().flush();
        explain(root, generation);
    }

    /// Says on standard error when an answer was cut, and in verbose mode what it took.
    static void explain(RootCommand root, Generation generation) {
        int tokens = generation.usage().completionTokens();
        switch (generation.finishReason()) {
            case MAX_TOKENS -> root.note("stopped after " + tokens + " tokens (--max-tokens)");
            case CONTEXT_FULL -> root.note("stopped after " + tokens + " tokens: the context is full (--context)");
            case END_OF_GENERATION, STOP_STRING, CANCELLED -> {}
        }
        if (root.isVerbose()) {
            root.message(figures(generation));
            generation
                    .drafts()
                    .ifPresent(drafts -> root.message(String.format(
                            Locale.ROOT,
                            "%d of %d guesses were right (%.1f %%)",
                            drafts.accepted(),
                            drafts.drafted(),
                            100 * drafts.acceptanceRate())));
        }
    }

    private static String figures(Generation generation) {
        Usage usage = generation.usage();
        Timings timings = generation.timings();
        double decode = timings.decode().toNanos() / 1e9;
        return String.format(
                Locale.ROOT,
                "%d prompt tokens, %d of them pictures; %d tokens of answer; prepare %.1f ms, image encode %.1f ms,"
                        + " prefill %.1f ms, decode %.1f ms (%.1f tokens/s)",
                usage.promptTokens(),
                usage.imageTokens(),
                usage.completionTokens(),
                timings.prepare().toNanos() / 1e6,
                timings.imageEncode().toNanos() / 1e6,
                timings.prefill().toNanos() / 1e6,
                decode * 1e3,
                decode > 0 ? usage.completionTokens() / decode : 0);
    }
}
