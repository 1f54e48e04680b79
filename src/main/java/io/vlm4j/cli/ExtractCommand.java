package io.vlm4j.cli;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.Vlm4jException.InvalidAnswer;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.vlm.Vlm;
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
            paramLabel = "IMAGE",
            arity = "1..*",
            description = "PNG, JPEG, GIF, BMP or WebP files; - is standard input.")
    private List<String> images = List.of();

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
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

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
        List<Picture> pictures = Picture.of(images, root.terminal().in());
        JsonSchema schema = JsonSchema.parse(GenerationFlags.read(schemaFile));
        VisionFlags.ModelFiles files = vision.seeing(root);
        Path projector = files.projector().orElseThrow();
        ExtractionOptions options = options();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                Vlm vlm = Vlm.open(
                        files.model(),
                        projector,
                        compute.all(
                                progress.loading(files.model(), root.interruption()),
                                progress.loading(projector, root.interruption())))) {
            ObjectNode document = Json.object()
                    .put("model", files.model().toString())
                    .put("mmproj", projector.toString())
                    .put("prompt", prompt);
            int code = extract(vlm.extractor(options), schema, pictures, progress, document.putArray("results"));
            if (json) {
                root.out().line(Json.text(document));
            }
            return code;
        } finally {
            progress.clear();
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
            Extractor extractor, JsonSchema schema, List<Picture> pictures, ProgressLine progress, ArrayNode results) {
        int code = ExitCode.OK;
        for (Picture picture : pictures) {
            progress.show("looking at " + picture.name());
            ObjectNode result = results.addObject().put("image", picture.name());
            List<ChatMessage> question = List.of(ChatMessage.user(prompt, picture.image()));
            try {
                tell(extractor.ask(question, schema, root.interruption().newCancellation()), progress, result);
            } catch (InvalidMedia e) {
                code = failed(e, progress, result, ExitCode.IMAGE);
            } catch (InvalidAnswer e) {
                code = Math.max(code, failed(e, progress, result.put("text", e.answer()), ExitCode.FAILURE));
            } catch (Cancelled e) {
                results.remove(results.size() - 1);
                return ExitCode.INTERRUPTED;
            }
        }
        return code;
    }

    private int failed(RuntimeException failure, ProgressLine progress, ObjectNode result, int code) {
        progress.clear();
        String reason = Failure.describe(failure);
        root.message(result.get("image").asString() + ": " + reason);
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
