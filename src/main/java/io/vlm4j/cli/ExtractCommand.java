package io.vlm4j.cli;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.Vlm4jException.InvalidAnswer;
import io.vlm4j.Vlm4jException.InvalidGrammar;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.Vlm4jException.WorkerDied;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.schema.JsonSchema;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j extract`: pictures as JSON of a schema.
@Command(
        name = "extract",
        description = {
            "Reads pictures into JSON that follows a schema.",
            "Each picture becomes one document. What the model cannot finish within --max-tokens is an error."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class ExtractCommand implements Callable<Integer> {
    private static final String QUESTION = "Describe this image as JSON.";

    private final RootCommand root;

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "PNG, JPEG, GIF, BMP or WebP pictures, WAV, MP3 or FLAC sounds; - is standard input.")
    private List<String> files = List.of();

    @Option(names = "--schema", paramLabel = "FILE", required = true, description = "The JSON schema.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path schemaFile;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The question. Default: \"" + QUESTION + "\"")
    private String prompt = QUESTION;

    @Option(names = "--tell-schema", description = "Put the schema into the prompt, too.")
    private boolean tellSchema;

    @Option(names = "--json", description = "Print one JSON document at the end, with confidences and figures.")
    private boolean json;

    @Mixin
    private VlmFlags model = new VlmFlags();

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxTokens = GenerationOptions.DEFAULT_MAX_TOKENS;

    @ArgGroup(validate = false, heading = "%nChoosing tokens:%n")
    private SamplingFlags sampling = new SamplingFlags();

    ExtractCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (prompt.isBlank()) {
            throw new Failure(ExitCode.PROMPT, "the prompt is empty");
        }
        List<MediaArgument> arguments = MediaArgument.of(files, root.terminal().in());
        JsonSchema schema = schema();
        VlmFlags.Request request = model.seeing(root);
        ExtractionOptions options = options();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                VlmFlags.Opened opened = request.open(root, progress)) {
            ExtractionOptions all = options.withGeneration(opened.with(options.generation()));
            ObjectNode document = Json.object()
                    .put("model", request.files().model().toString())
                    .put("mmproj", request.files().projector().orElseThrow().toString())
                    .put("prompt", prompt);
            int code = extract(opened.vlm().extractor(all), schema, arguments, progress, document.putArray("results"));
            if (json) {
                root.out().line(Json.text(document));
            }
            return code;
        } finally {
            progress.clear();
        }
    }

    private JsonSchema schema() {
        try {
            return JsonSchema.parse(GenerationFlags.read(schemaFile));
        } catch (InvalidGrammar e) {
            throw new Failure(ExitCode.PROMPT, schemaFile + ": " + e.getMessage(), e);
        }
    }

    private ExtractionOptions options() {
        try {
            return ExtractionOptions.defaults()
                    .withSchemaInPrompt(tellSchema)
                    .withGeneration(GenerationOptions.builder()
                            .maxTokens(maxTokens)
                            .sampling(sampling.builder().build())
                            .build());
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// A picture that cannot be used, and an answer that was cut, do not keep the others from being read.
    private int extract(
            Extractor extractor,
            JsonSchema schema,
            List<MediaArgument> arguments,
            ProgressLine progress,
            ArrayNode results) {
        int code = ExitCode.OK;
        for (MediaArgument argument : arguments) {
            progress.show((argument.isSound() ? "listening to " : "looking at ") + argument.name());
            ObjectNode result = results.addObject().put(argument.isSound() ? "audio" : "image", argument.name());
            List<ChatMessage> question = List.of(ChatMessage.user(prompt, argument.media()));
            try {
                tell(extractor.ask(question, schema, root.interruption().newCancellation()), progress, result);
            } catch (InvalidMedia | WorkerDied e) { // the next file gets a new process
                code = Math.max(code, failed(argument, e, progress, result, ExitCode.of(e)));
            } catch (InvalidAnswer e) {
                code = Math.max(code, failed(argument, e, progress, result.put("text", e.answer()), ExitCode.FAILURE));
            } catch (Cancelled e) {
                results.remove(results.size() - 1);
                return ExitCode.INTERRUPTED;
            }
        }
        return code;
    }

    private int failed(
            MediaArgument argument, RuntimeException failure, ProgressLine progress, ObjectNode result, int code) {
        progress.clear();
        String reason = Failure.describe(failure);
        root.message(reason.startsWith(argument.name()) ? reason : argument.name() + ": " + reason);
        result.put("error", reason);
        return code;
    }

    private void tell(TypedAnswer<String> answer, ProgressLine progress, ObjectNode result) {
        if (json) {
            result.set("value", JsonMapper.shared().readTree(answer.json()));
            ObjectNode confidence = result.putObject("confidence");
            for (Map.Entry<String, Double> field : answer.confidence().entrySet()) {
                confidence.put(field.getKey(), Json.rounded(field.getValue(), 4));
            }
            Json.addFigures(result, answer.generation());
        } else {
            progress.clear();
            root.out().line(answer.json());
            root.out().flush();
        }
        AnswerPrinter.explain(root, answer.generation());
    }
}
