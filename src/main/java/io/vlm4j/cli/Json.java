package io.vlm4j.cli;

import io.vlm4j.generation.Drafts;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What `--json` prints: trees whose fields stand in the order in which they were added. Names are in `snake_case` and
/// say their unit; `docs/cli.md` has every shape.
final class Json {
    private static final JsonMapper WRITER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static final JsonMapper LINE_WRITER = JsonMapper.shared();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static String text(JsonNode node) {
        return WRITER.writeValueAsString(node);
    }

    /// All in one line.
    static String line(JsonNode node) {
        return LINE_WRITER.writeValueAsString(node);
    }

    /// @throws Failure when it is no JSON
    static JsonNode read(String text) {
        try {
            return LINE_WRITER.readTree(text);
        } catch (JacksonException e) {
            TokenStreamLocation where = e.getLocation();
            String place = where == null ? "" : " (line " + where.getLineNr() + ", column " + where.getColumnNr() + ")";
            throw new Failure(ExitCode.PROMPT, "this is not one JSON value" + place, e);
        }
    }

    /// How an answer ended and what it took, after whatever the node already says.
    static ObjectNode addFigures(ObjectNode node, Generation generation) {
        node.put("finish_reason", name(generation.finishReason()));
        Usage usage = generation.usage();
        node.putObject("usage")
                .put("prompt_tokens", usage.promptTokens())
                .put("image_tokens", usage.imageTokens())
                .put("reused_tokens", usage.reusedTokens())
                .put("cached_image_tokens", usage.cachedImageTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("total_tokens", usage.totalTokens());
        generation.drafts().ifPresent(drafts -> addDrafts(node, drafts));
        Timings timings = generation.timings();
        node.putObject("timings_ms")
                .put("prepare", milliseconds(timings.prepare()))
                .put("image_encode", milliseconds(timings.imageEncode()))
                .put("prefill", milliseconds(timings.prefill()))
                .put("decode", milliseconds(timings.decode()))
                .put("total", milliseconds(timings.total()));
        return node;
    }

    /// How guesses turned out.
    static void addDrafts(ObjectNode node, Drafts drafts) {
        node.putObject("drafts")
                .put("drafted", drafts.drafted())
                .put("accepted", drafts.accepted())
                .put("acceptance_rate", rounded(drafts.acceptanceRate(), 4));
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static double milliseconds(Duration time) {
        return rounded(time.toNanos() / 1e6, 3);
    }

    /// A number with at most so many digits behind the point.
    static double rounded(double value, int digits) {
        double unit = Math.pow(10, digits);
        return Math.rint(value * unit) / unit;
    }
}
