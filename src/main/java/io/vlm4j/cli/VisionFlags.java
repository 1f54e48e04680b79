package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which vision-language model to use: two files that belong together.
final class VisionFlags {
    /// Architectures whose files have an encoder inside.
    private static final Set<String> SEEING = Set.of("fuyu", "kosmos2");

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The text model, a GGUF file. Default: the bundled one.")
    private @Nullable Path model;

    @Option(
            names = "--mmproj",
            paramLabel = "FILE",
            description =
                    "Its vision tower and projector, a GGUF file. Default: the only mmproj*.gguf beside the model.")
    private @Nullable Path mmproj;

    /// @param projector absent only where the model may be blind
    /// @param sample    a picture that the bundled model knows
    record ModelFiles(Path model, Optional<Path> projector, Optional<Path> sample) {}

    /// @throws Failure when there is no projector, or several to choose from
    ModelFiles seeing(RootCommand root) {
        ModelFiles found = find(root);
        if (found.projector().isEmpty()) {
            GgufFile.open(found.model()).close(); // says so when that file is the trouble
            throw new Failure(
                    ExitCode.USAGE,
                    "no mmproj*.gguf lies beside " + found.model()
                            + ": without it the model cannot see; name the file with --mmproj");
        }
        return found;
    }

    /// As [#seeing], but the projector may be missing.
    ModelFiles find(RootCommand root) {
        if (model == null) {
            if (mmproj != null) {
                throw new Failure(ExitCode.USAGE, "--mmproj " + mmproj + " needs the model it belongs to: --model");
            }
            BundledModel bundled = BundledModel.find();
            return new ModelFiles(bundled.model(), Optional.of(bundled.projector()), Optional.of(bundled.sample()));
        }
        if (mmproj != null) {
            return new ModelFiles(model, Optional.of(mmproj), Optional.empty());
        }
        if (seesByItself(model)) {
            return new ModelFiles(model, Optional.of(model), Optional.empty());
        }
        List<Path> beside = projectorsBeside(model);
        if (beside.size() > 1) {
            throw new Failure(
                    ExitCode.USAGE,
                    "several projectors lie beside " + model + ": "
                            + beside.stream()
                                    .map(file -> String.valueOf(file.getFileName()))
                                    .collect(Collectors.joining(", "))
                            + "; choose one with --mmproj");
        }
        beside.forEach(file -> root.note("using the projector beside the model: " + file));
        return new ModelFiles(model, beside.stream().findFirst(), Optional.empty());
    }

    /// Whether the encoder is in the model's own file; not when that cannot be read, which is said where it is opened.
    private static boolean seesByItself(Path model) {
        try (GgufFile file = GgufFile.open(model)) {
            return seesByItself(file);
        } catch (Vlm4jException.InvalidFile e) {
            return false;
        }
    }

    static boolean seesByItself(GgufFile file) {
        return file.architecture().filter(SEEING::contains).isPresent();
    }

    /// GGUF files in the model's folder that by their names are projectors.
    static List<Path> projectorsBeside(Path model) {
        Path folder = model.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName)
                    .map(Path::toString)
                    .filter(VisionFlags::isProjectorName)
                    .sorted()
                    .map(model::resolveSibling)
                    .filter(file -> !file.equals(model))
                    .toList();
        } catch (IOException e) {
            return List.of(); // a folder that may be entered but not listed
        }
    }

    private static boolean isProjectorName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith("mmproj") && lower.endsWith(".gguf");
    }
}
