package io.vlm4j.cli;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.attention.AttendedAnswer;
import io.vlm4j.attention.AttentionPage;
import io.vlm4j.attention.AttentionRecipe;
import io.vlm4j.attention.WordAttention;
import io.vlm4j.files.AtomicFile;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j attend`: where did the model look for each word?
@Command(
        name = "attend",
        description = {
            "Answers a question about a picture, and shows where the model looked for each word of the answer.",
            "Writes a picture for each word, and a page (index.html) that shows them side by side."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class AttendCommand implements Callable<Integer> {
    private static final Pattern NO_NAME = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final int LONGEST_NAME = 24;
    private static final int LARGEST = 4096;

    private final RootCommand root;

    @Parameters(paramLabel = "IMAGE", description = "A PNG, JPEG, GIF, BMP or WebP picture; - is standard input.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private String file;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The question. Default: \"${DEFAULT-VALUE}\"")
    private String prompt = "What is shown in this image?";

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            required = true,
            description = "Where to write; made if it is not there.")
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "What is made of all layers and heads: late_layers (their mean over the later half), rollout"
                    + " (followed through all layers), or contrast (what the question did not look at)."
                    + " Default: late_layers.")
    private AttentionRecipe recipe = AttentionRecipe.LATE_LAYERS;

    @Option(
            names = "--size",
            paramLabel = "N",
            description = "Most pixels at the longer side of the pictures written. Default: ${DEFAULT-VALUE}.")
    private int size = 768;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of the answer. Default: ${DEFAULT-VALUE}.")
    private int maxTokens = 64;

    @Option(names = "--json", description = "Print JSON, with the numbers of the maps.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

    AttendCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (prompt.isBlank()) {
            throw new Failure(ExitCode.PROMPT, "the prompt is empty");
        }
        if (size < 1 || size > LARGEST) {
            throw new Failure(ExitCode.USAGE, "--size must be 1 to " + LARGEST + ", not " + size);
        }
        GenerationOptions options = options();
        MediaArgument argument =
                MediaArgument.of(List.of(file), root.terminal().in()).getFirst();
        if (!(argument.media() instanceof ImageInput image)) {
            throw new Failure(ExitCode.IMAGE, argument.name() + " is a sound; attention pictures are of pictures");
        }
        VisionFlags.ModelFiles files = vision.seeing(root);
        Path mmproj = files.projector().orElseThrow();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                Model model =
                        Model.open(files.model(), compute.model(progress.loading(files.model(), root.interruption())));
                Projector projector =
                        model.openProjector(mmproj, compute.projector(progress.loading(mmproj, root.interruption())));
                ChatTemplate template = ChatTemplate.of(model);
                AnswerAttention attention = AnswerAttention.open(projector, template, compute.context())) {
            progress.show("looking at " + argument.name());
            AttendedAnswer answer = attention.ask(
                    image, prompt, options, recipe, root.interruption().newCancellation());
            List<String> names = write(answer, image, files.model());
            progress.clear();
            if (json) {
                root.out().line(Json.text(document(files, argument.name(), answer, names)));
            } else {
                tell(answer, names);
            }
            return answer.generation().finishReason() == FinishReason.CANCELLED ? ExitCode.INTERRUPTED : ExitCode.OK;
        } finally {
            progress.clear();
        }
    }

    private GenerationOptions options() {
        try {
            return Vlm.options().maxTokens(maxTokens).build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// @return the names of the words' pictures
    private List<String> write(AttendedAnswer answer, ImageInput image, Path model) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, "cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        List<String> names = new ArrayList<>();
        for (WordAttention word : answer.words()) {
            String name = String.format(Locale.ROOT, "%02d-%s.png", names.size() + 1, plain(word.text()));
            write(name, word.map().over(image, size).encoded());
            names.add(name);
        }
        String description = "Attention over the picture when each word was chosen, " + Json.name(recipe) + " of "
                + model.getFileName();
        write(
                "index.html",
                AttentionPage.of(answer, image, prompt, description, size).getBytes(StandardCharsets.UTF_8));
        return names;
    }

    private void write(String name, byte[] bytes) {
        AtomicFile.write(folder.resolve(name), bytes);
    }

    /// A word as a part of a file's name.
    private static String plain(String word) {
        String plain = NO_NAME.matcher(word).replaceAll("-");
        int end = plain.offsetByCodePoints(0, Math.min(LONGEST_NAME, plain.codePointCount(0, plain.length())));
        return plain.substring(0, end);
    }

    private void tell(AttendedAnswer answer, List<String> names) {
        root.out().line(answer.generation().text());
        for (int i = 0; i < names.size(); i++) {
            WordAttention word = answer.words().get(i);
            root.out()
                    .line(String.format(
                            Locale.ROOT,
                            "  %-16s %3.0f %% on the picture  %s",
                            word.text(),
                            100 * word.imageShare(),
                            folder.resolve(names.get(i))));
        }
        root.out().line("see " + folder.resolve("index.html"));
    }

    private ObjectNode document(VisionFlags.ModelFiles files, String name, AttendedAnswer answer, List<String> names) {
        ObjectNode document = Json.object()
                .put("model", files.model().toString())
                .put("mmproj", files.projector().orElseThrow().toString())
                .put("prompt", prompt)
                .put("image", name)
                .put("recipe", Json.name(recipe))
                .put("page", folder.resolve("index.html").toString())
                .put("answer", answer.generation().text());
        ArrayNode words = document.putArray("words");
        for (int i = 0; i < names.size(); i++) {
            WordAttention word = answer.words().get(i);
            ObjectNode node = words.addObject()
                    .put("text", word.text())
                    .put("file", folder.resolve(names.get(i)).toString())
                    .put("image_share", Json.rounded(word.imageShare(), 4))
                    .put("columns", word.map().columns())
                    .put("rows", word.map().rows());
            ArrayNode values = node.putArray("map");
            for (float value : word.map().values()) {
                values.add(Json.rounded(value, 5));
            }
        }
        return Json.addFigures(document, answer.generation());
    }
}
