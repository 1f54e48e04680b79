package io.vlm4j.cli;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j describe`: what is in these pictures?
@Command(
        name = "describe",
        description = {
            "Says what is in pictures, or answers another question about them.",
            "Several pictures are described one after the other, each under its name; with --together they are put"
                    + " into one question."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class DescribeCommand implements Callable<Integer> {
    private static final String QUESTION = "What is shown in this image?";
    private static final String QUESTION_ABOUT_SEVERAL = "What is shown in these images?";

    private final RootCommand root;

    @Parameters(
            paramLabel = "IMAGE",
            arity = "1..*",
            description = "PNG, JPEG, GIF, BMP or WebP files; - is standard input.")
    private List<String> images = List.of();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The question. Default: \"" + QUESTION + "\"")
    private @Nullable String prompt;

    @Option(names = "--together", description = "Ask one question about all pictures at once.")
    private boolean together;

    @Option(names = "--json", description = "Print one JSON document at the end instead of text as it comes.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ImageCacheFlag imageCache = new ImageCacheFlag();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

    @Mixin
    private GenerationFlags generation = new GenerationFlags();

    DescribeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        String question = prompt != null ? prompt : together ? QUESTION_ABOUT_SEVERAL : QUESTION;
        if (question.isBlank()) {
            throw new Failure(ExitCode.PROMPT, "the prompt is empty");
        }
        List<Picture> pictures = Picture.of(images, root.terminal().in());
        VisionFlags.ModelFiles files = vision.seeing(root);
        GenerationOptions options = generation.options(Vlm.options());
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                EmbeddingCache cache = imageCache.open();
                Vlm vlm = open(files, progress, cache)) {
            Asking asking = new Asking(vlm, question, options, progress);
            ArrayNode results = Json.object().putArray("results");
            int code = together ? askTogether(asking, pictures, results) : askEach(asking, pictures, results);
            if (json) {
                ObjectNode document = Json.object()
                        .put("model", files.model().toString())
                        .put("mmproj", files.projector().orElseThrow().toString())
                        .put("prompt", question);
                document.set("results", results);
                root.out().line(Json.text(document));
            }
            return code;
        } finally {
            progress.clear();
        }
    }

    private Vlm open(VisionFlags.ModelFiles files, ProgressLine progress, EmbeddingCache cache) {
        Interruption interruption = root.interruption();
        Optional<Path> projector = files.projector();
        VlmOptions options = compute.all(
                progress.loading(files.model(), interruption), progress.loading(projector.orElseThrow(), interruption));
        return Vlm.open(
                files.model(),
                projector.orElseThrow(),
                options.withProjector(
                        options.projector().toBuilder().cache(cache).build()));
    }

    /// A picture that cannot be used does not keep the others from being described.
    private int askEach(Asking asking, List<Picture> pictures, ArrayNode results) {
        int code = ExitCode.OK;
        for (Picture picture : pictures) {
            ObjectNode result = results.addObject().put("image", picture.name());
            try {
                String before = pictures.size() > 1 ? picture.name() + ": " : "";
                if (asking.ask(picture.name(), List.of(picture), before, result) == FinishReason.CANCELLED) {
                    return ExitCode.INTERRUPTED;
                }
            } catch (InvalidMedia e) {
                asking.progress().clear();
                root.message(Failure.describe(e));
                result.put("error", Failure.describe(e));
                code = ExitCode.IMAGE;
            }
        }
        return code;
    }

    private int askTogether(Asking asking, List<Picture> pictures, ArrayNode results) {
        ObjectNode result = results.addObject();
        ArrayNode names = result.putArray("images");
        pictures.forEach(picture -> names.add(picture.name()));
        FinishReason reason = asking.ask(pictures.size() + " pictures", pictures, "", result);
        return reason == FinishReason.CANCELLED ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    /// The same question again and again.
    private final class Asking {
        private final Vlm vlm;
        private final String question;
        private final GenerationOptions options;
        private final ProgressLine progress;

        private Asking(Vlm vlm, String question, GenerationOptions options, ProgressLine progress) {
            this.vlm = vlm;
            this.question = question;
            this.options = options;
            this.progress = progress;
        }

        private ProgressLine progress() {
            return progress;
        }

        private FinishReason ask(String what, List<Picture> pictures, String before, ObjectNode result) {
            progress.show("looking at " + what);
            ImageInput[] inputs = pictures.stream().map(Picture::image).toArray(ImageInput[]::new);
            Generation answer = vlm.ask(
                    List.of(ChatMessage.user(question, inputs)),
                    options,
                    json ? GenerationListener.NONE : new AnswerPrinter(root, progress, before),
                    root.interruption().newCancellation());
            if (json) {
                AnswerPrinter.explain(root, answer);
            }
            Json.addFigures(result.put("answer", answer.text()), answer);
            return answer.finishReason();
        }
    }
}
