package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The Java in `docs/` is Java that runs: each block stands, but for white space, in one of the examples here.
class DocumentsTest {
    private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyBlockOfJavaIsPartOfAnExampleThatRuns() throws IOException {
        List<String> examples = new ArrayList<>();
        for (Path file : files(Path.of("src/test/java/io/vlm4j/snippets"), ".java")) {
            examples.add(squeezed(Files.readString(file)));
        }
        List<String> missing = new ArrayList<>();
        int blocks = 0;
        for (Path file : files(Path.of("docs"), ".md")) {
            for (MatchResult block :
                    BLOCK.matcher(Files.readString(file)).results().toList()) {
                blocks++;
                String code = squeezed(block.group(1));
                if (examples.stream().noneMatch(example -> example.contains(code))) {
                    missing.add(file + ": " + block.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(blocks).isPositive();
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }
}
