package io.vlm4j.cli;

import io.vlm4j.generation.Drafts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// All rounds of a benchmark, for people and as JSON. Figures are medians; the ratios to the C program are medians of
/// the ratios of neighbouring rounds, which a busy machine disturbs alike.
final class BenchReport {
    private static final String HEAP = "heap_bytes_per_token";

    private final BenchSettings settings;
    private final double loadMilliseconds;
    private final List<Round> tokens = new ArrayList<>();
    private final List<Round> text = new ArrayList<>();
    private final List<DecodeBench.Guessed> guessed = new ArrayList<>();
    private final List<Round> natives = new ArrayList<>();
    private final List<ImageBench> images = new ArrayList<>();
    private final List<TurnBench> turns = new ArrayList<>();

    BenchReport(BenchSettings settings, double loadMilliseconds) {
        this.settings = settings;
        this.loadMilliseconds = loadMilliseconds;
    }

    void addTokens(Round round) {
        tokens.add(round);
    }

    void addText(Round round) {
        text.add(round);
    }

    void addGuessed(DecodeBench.Guessed round) {
        guessed.add(round);
    }

    /// The median of the rounds with guesses.
    private Round guessedRound() {
        return Round.median(guessed.stream().map(DecodeBench.Guessed::round).toList());
    }

    /// How many times faster than the neighbouring round without guesses.
    private double speedUp(ToDoubleFunction<Round> figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < guessed.size(); i++) {
            ratios.add(figure.applyAsDouble(text.get(i))
                    / figure.applyAsDouble(guessed.get(i).round()));
        }
        return Round.median(ratios, Double::doubleValue);
    }

    void addNative(Round round) {
        natives.add(round);
    }

    void addImage(ImageBench round) {
        images.add(round);
    }

    void addTurns(TurnBench round) {
        turns.add(round);
    }

    private double ratio(ToDoubleFunction<Round> figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < natives.size(); i++) {
            ratios.add(figure.applyAsDouble(tokens.get(i)) / figure.applyAsDouble(natives.get(i)));
        }
        return Round.median(ratios, Double::doubleValue);
    }

    ObjectNode document() {
        ObjectNode document = Json.object()
                .put("model", settings.model().toString())
                .put("threads", settings.threads())
                .put("flash_attention", settings.flashAttention())
                .put("prompt_tokens", settings.promptTokens())
                .put("tokens", settings.tokens())
                .put("repeat", settings.repeat())
                .put("load_ms", Json.rounded(loadMilliseconds, 1));
        document.set("decode", node(Round.median(tokens)));
        document.set("stream", node(Round.median(text)));
        if (!guessed.isEmpty()) {
            ObjectNode speculative = node(guessedRound());
            Json.addDrafts(speculative, guessed.getFirst().drafts());
            speculative
                    .put("speed_up", Json.rounded(speedUp(Round::wall), 4))
                    .put("cpu_speed_up", Json.rounded(speedUp(Round::cpu), 4));
            document.set("speculative", speculative);
        }
        if (!images.isEmpty()) {
            ImageBench median = ImageBench.median(images);
            document.putObject("image")
                    .put("file", settings.image().map(Path::toString).orElse(""))
                    .put("decode_ms", Json.rounded(median.decode(), 3))
                    .put("encode_ms", Json.rounded(median.encode(), 3))
                    .put("tokens", median.tokens());
        }
        if (!turns.isEmpty()) {
            TurnBench median = TurnBench.median(turns);
            document.putObject("turns")
                    .put("first_ms", Json.rounded(median.first(), 3))
                    .put("second_ms", Json.rounded(median.second(), 3));
        }
        if (!natives.isEmpty()) {
            document.set("native", nativeNode(Round.median(natives)));
            document.putObject("ratio_to_native")
                    .put("cpu_per_token", Json.rounded(ratio(Round::cpu), 4))
                    .put("wall_per_token", Json.rounded(ratio(Round::wall), 4))
                    .put("prefill_speed", Json.rounded(ratio(Round::prefill), 4));
        }
        ArrayNode rounds = document.putArray("rounds");
        for (int i = 0; i < tokens.size(); i++) {
            ObjectNode round = rounds.addObject();
            round.set("decode", node(tokens.get(i)));
            round.set("stream", node(text.get(i)));
            if (!guessed.isEmpty()) {
                round.set("speculative", node(guessed.get(i).round()));
            }
            if (!natives.isEmpty()) {
                round.set("native", nativeNode(natives.get(i)));
            }
        }
        return document;
    }

    private static ObjectNode node(Round round) {
        return Json.object()
                .put("prefill_tokens_per_second", Json.rounded(round.prefill(), 1))
                .put("tokens_per_second", Json.rounded(round.tokensPerSecond(), 1))
                .put("wall_ns_per_token", Math.round(round.wall()))
                .put("cpu_ns_per_token", Math.round(round.cpu()))
                .put(HEAP, Json.rounded(round.heap(), 2));
    }

    /// C has no Java heap.
    private static ObjectNode nativeNode(Round round) {
        ObjectNode node = node(round);
        node.remove(HEAP);
        return node;
    }

    void print(Output out) {
        out.line(String.format(
                Locale.ROOT,
                "%s (threads: %d, prompt: %d tokens, written: %d tokens, medians of %d rounds)",
                settings.model(),
                settings.threads(),
                settings.promptTokens(),
                settings.tokens(),
                settings.repeat()));
        out.line(String.format(Locale.ROOT, "  load          %12.1f ms", loadMilliseconds));
        Round decode = Round.median(tokens);
        out.line(String.format(Locale.ROOT, "  prefill       %12.1f tokens/s", decode.prefill()));
        out.line("  decode        " + line(decode) + heap(decode));
        out.line("  with text     " + line(Round.median(text)) + heap(Round.median(text)));
        if (!guessed.isEmpty()) {
            Drafts drafts = guessed.getFirst().drafts();
            out.line("  with guesses  " + line(guessedRound()) + heap(guessedRound()));
            out.line(String.format(
                    Locale.ROOT,
                    "                %12.1f %% of %d guesses right; %.2f times as fast, %.2f of the CPU time",
                    100 * drafts.acceptanceRate(),
                    drafts.drafted(),
                    speedUp(Round::wall),
                    1 / speedUp(Round::cpu)));
        }
        if (!images.isEmpty()) {
            ImageBench image = ImageBench.median(images);
            out.line(String.format(
                    Locale.ROOT,
                    "  image         %12.1f ms to encode, of which %.1f ms to decode the file; %d tokens",
                    image.encode(),
                    image.decode(),
                    image.tokens()));
        }
        if (!turns.isEmpty()) {
            TurnBench turn = TurnBench.median(turns);
            out.line(String.format(
                    Locale.ROOT,
                    "  conversation  %12.1f ms until the first answer about it begins, %.1f ms until the second",
                    turn.first(),
                    turn.second()));
        }
        if (!natives.isEmpty()) {
            Round loop = Round.median(natives);
            out.line("the same loop in C");
            out.line(String.format(Locale.ROOT, "  prefill       %12.1f tokens/s", loop.prefill()));
            out.line("  decode        " + line(loop));
            out.line(String.format(
                    Locale.ROOT,
                    "Java to C: %.3f of the CPU time per token, %.3f of the time, %.3f of the prefill speed",
                    ratio(Round::cpu),
                    ratio(Round::wall),
                    ratio(Round::prefill)));
        }
    }

    private static String line(Round round) {
        return String.format(
                Locale.ROOT,
                "%12.1f tokens/s %10.1f µs/token %10.1f µs CPU/token",
                round.tokensPerSecond(),
                round.wall() / 1e3,
                round.cpu() / 1e3);
    }

    private static String heap(Round round) {
        return String.format(Locale.ROOT, " %8.1f heap bytes/token", round.heap());
    }
}
