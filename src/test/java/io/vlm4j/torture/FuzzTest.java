package io.vlm4j.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import io.vlm4j.torture.target.SeedFiles;
import io.vlm4j.torture.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// A short `./vlm4j fuzz`, in this process, and everything that ever hurt.
///
/// `-Dvlm4j.seed=7 -Dvlm4j.cases=1000` for other and more cases of each kind; by default as many as take a second
/// or two.
@Tag("native")
@Tag("model")
class FuzzTest {
    private static final long SEED = Long.getLong("vlm4j.seed", 1);
    private static final Path CORPUS = Path.of("src/test/resources/corpus");

    @TempDir
    private static Path folder;

    private static int cases(FuzzKind kind) {
        return Integer.getInteger(
                "vlm4j.cases",
                switch (kind) {
                    case IMAGE -> 500;
                    case GRAMMAR, ADAPTER -> 200;
                    case SCHEMA, TEMPLATE, SESSION, TOKENS -> 100;
                    case TEXT, MMPROJ, CALLS -> 30;
                });
    }

    private static SeedFiles seeds() {
        return SeedFiles.in(folder.resolve("seeds"), TestModels.bundled(), TestModels.bundledProjector());
    }

    @ParameterizedTest
    @EnumSource(FuzzKind.class)
    void whateverComesIsTakenOrRefusedAsDocumented(FuzzKind kind) throws IOException {
        Path keep = folder.resolve("keep");
        List<String> told = new ArrayList<>();
        int cases = cases(kind);

        new FuzzWorker(seeds(), folder, keep, told::add).run(new CaseRange(kind, SEED, 0, cases - 1));

        assertThat(told).hasSize(2 * cases).noneMatch(line -> line.contains(Line.WRONG));
        assertThat(told).as("some are good enough").anyMatch(line -> line.endsWith(Line.ACCEPTED));
    }

    static Stream<Arguments> corpus() throws IOException {
        try (Stream<Path> files = Files.walk(CORPUS)) {
            return files
                    .filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".md"))
                    .sorted()
                    .map(Arguments::of)
                    .toList()
                    .stream();
        }
    }

    /// The folder says what it is.
    @ParameterizedTest
    @MethodSource("corpus")
    void whatEverHurtIsTakenOrRefusedAsDocumented(Path file) {
        FuzzKind kind = FuzzKind.of(String.valueOf(file.getParent().getFileName()));
        try (Target target = Target.open(kind, seeds(), folder)) {
            try {
                target.use(file);
            } catch (Exception e) {
                assertThat(e).matches(target::isDocumented, "is documented");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FuzzKind.class)
    void theSameSeedGivesTheSameCases(FuzzKind kind) {
        CaseRange range = new CaseRange(kind, SEED, 0, 9);
        try (Target one = Target.open(kind, seeds(), folder);
                Target other = Target.open(kind, seeds(), folder)) {
            if (kind == FuzzKind.SESSION) {
                return; // a saved conversation names the moment when it began
            }
            for (int number = 0; number < 10; number++) {
                assertThat(one.mutate(range.random(number))).isEqualTo(other.mutate(range.random(number)));
            }
        }
    }
}
