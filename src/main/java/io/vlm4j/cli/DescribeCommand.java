package io.vlm4j.cli;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.files.AtomicFile;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Media;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.vlm.GroundedPicture;
import io.vlm4j.vlm.Vlm;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j describe`: what is in these pictures, or sounds?
@Command(
        name = "describe",
        description = {
            "Says what is in pictures or sounds, or answers another question about them.",
            "Several files are described one after the other, each under its name; with --together they are put"
                    + " into one question."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class DescribeCommand implements Callable<Integer> {
    private static final String QUESTION = "What is shown in this image?";

    /// Models of this architecture say where things are.
    private static final String GROUNDING = "kosmos2";

    /// The beginning of a caption, which such models go on with when no question is asked.
    private static final String CAPTION = "An image of";

    private static final int DIGITS = 6; // of places in JSON

    private final RootCommand root;

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "PNG, JPEG, GIF, BMP or WebP pictures; WAV, MP3 or FLAC sounds; - is standard input.")
    private List<String> files = List.of();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The question. Default for a picture: \"" + QUESTION + "\"")
    private @Nullable String prompt;

    @Option(names = "--together", description = "Ask one question about all files at once.")
    private boolean together;

    @Option(
            names = "--boxes",
            paramLabel = "PNG",
            description = "Write the picture with a box around everything that the answer names a place of, for models"
                    + " that do so (KOSMOS-2). For one picture.")
    private @Nullable Path boxes;

    @Option(names = "--json", description = "Print one JSON document at the end instead of text as it comes.")
    private boolean json;

    @Mixin
    private VlmFlags model = new VlmFlags();

    @Mixin
    private GenerationFlags generation = new GenerationFlags();

    DescribeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (prompt != null && prompt.isBlank()) {
            throw new Failure(ExitCode.PROMPT, "the prompt is empty");
        }
        List<MediaArgument> arguments = MediaArgument.of(files, root.terminal().in());
        if (boxes != null && (arguments.size() > 1 || arguments.getFirst().isSound())) {
            throw new Failure(ExitCode.USAGE, "--boxes is for one picture");
        }
        VlmFlags.Request request = model.seeing(root);
        GenerationOptions options = generation.options(Vlm.options());
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                VlmFlags.Opened opened = request.open(root, progress)) {
            boolean grounds = opened.vlm().model().architecture().equals(GROUNDING);
            if (boxes != null && !grounds) {
                throw new Failure(
                        ExitCode.USAGE,
                        "--boxes needs a model that says where things are (KOSMOS-2), not "
                                + opened.vlm().model().architecture());
            }
            String question = prompt != null ? prompt : grounds ? CAPTION : question(arguments);
            Asking asking = new Asking(opened.vlm(), question, opened.with(options), progress);
            ArrayNode results = Json.object().putArray("results");
            int code = together ? askTogether(asking, arguments, results) : askEach(asking, arguments, results);
            if (json) {
                ObjectNode document = Json.object()
                        .put("model", request.files().model().toString())
                        .put("mmproj", request.files().projector().orElseThrow().toString())
                        .put("prompt", question);
                document.set("results", results);
                root.out().line(Json.text(document));
            }
            return code;
        } finally {
            progress.clear();
        }
    }

    private static void write(byte[] bytes, Path file) {
        try {
            AtomicFile.write(file, channel -> {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            });
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private String question(List<MediaArgument> arguments) {
        if (arguments.stream().noneMatch(MediaArgument::isSound)) {
            return together ? "What is shown in these images?" : QUESTION;
        }
        if (arguments.stream().allMatch(MediaArgument::isSound)) {
            return together ? "What is heard in these recordings?" : "What is heard in this recording?";
        }
        return together ? "What are these?" : "What is this?";
    }

    /// A file that cannot be used does not keep the others from being described.
    private int askEach(Asking asking, List<MediaArgument> arguments, ArrayNode results) {
        int code = ExitCode.OK;
        for (MediaArgument argument : arguments) {
            String name = argument.name();
            ObjectNode result = results.addObject().put(argument.isSound() ? "audio" : "image", name);
            try {
                String before = arguments.size() > 1 ? name + ": " : "";
                String doing = (argument.isSound() ? "listening to " : "looking at ") + name;
                if (asking.ask(doing, List.of(argument), before, result) == FinishReason.CANCELLED) {
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

    private int askTogether(Asking asking, List<MediaArgument> arguments, ArrayNode results) {
        ObjectNode result = results.addObject();
        ArrayNode images = result.putArray("images");
        arguments.stream().filter(file -> !file.isSound()).forEach(file -> images.add(file.name()));
        if (arguments.stream().anyMatch(MediaArgument::isSound)) {
            ArrayNode audios = result.putArray("audios");
            arguments.stream().filter(MediaArgument::isSound).forEach(file -> audios.add(file.name()));
        }
        FinishReason reason = asking.ask("taking in " + arguments.size() + " files", arguments, "", result);
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

        private FinishReason ask(String doing, List<MediaArgument> arguments, String before, ObjectNode result) {
            progress.show(doing);
            Media[] inputs = arguments.stream().map(MediaArgument::media).toArray(Media[]::new);
            GenerationListener listener = json ? GenerationListener.NONE : new AnswerPrinter(root, progress, before);
            Generation answer = question.equals(CAPTION) ? caption(inputs, listener) : ask(inputs, listener);
            if (json) {
                AnswerPrinter.explain(root, answer);
            }
            Json.addFigures(result.put("answer", answer.text()), answer);
            answer.grounding().ifPresent(grounding -> show(grounding, inputs, result));
            return answer.finishReason();
        }

        private Generation ask(Media[] inputs, GenerationListener listener) {
            List<ChatMessage> conversation = List.of(ChatMessage.user(question, inputs));
            return vlm.ask(conversation, options, listener, root.interruption().newCancellation());
        }

        /// Goes on with the beginning of a caption that says where things are.
        private Generation caption(Media[] inputs, GenerationListener listener) {
            Prompt.Builder beginning = Prompt.builder();
            Stream.of(inputs).forEach(beginning::media);
            beginning.markup("<grounding>").text(question);
            return vlm.generator()
                    .generate(
                            beginning.build(),
                            options,
                            listener,
                            root.interruption().newCancellation());
        }

        private void show(Grounding grounding, Media[] inputs, ObjectNode result) {
            ArrayNode entities = result.putArray("entities");
            for (Entity entity : grounding.entities()) {
                ArrayNode places =
                        entities.addObject().put("label", entity.label()).putArray("boxes");
                for (Box box : entity.boxes()) {
                    places.addArray()
                            .add(Json.rounded(box.left(), DIGITS))
                            .add(Json.rounded(box.top(), DIGITS))
                            .add(Json.rounded(box.right(), DIGITS))
                            .add(Json.rounded(box.bottom(), DIGITS));
                }
            }
            if (boxes != null && inputs[0] instanceof ImageInput picture) {
                write(GroundedPicture.draw(picture, grounding.entities()).encoded(), boxes);
                root.note(grounding.entities().size() + " things are marked in " + boxes);
            }
        }
    }
}
