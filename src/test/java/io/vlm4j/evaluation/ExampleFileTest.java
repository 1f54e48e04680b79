package io.vlm4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ExampleFileTest {
    private static final String GOOD = "{\"image\": \"a.png\", \"question\": \"What?\", \"answer\": \"this\"}";

    @TempDir
    private Path root;

    private Path folder;
    private Path file;

    @BeforeEach
    void make() throws IOException {
        folder = Files.createDirectory(root.resolve("data"));
        file = folder.resolve("examples.jsonl");
        Files.writeString(folder.resolve("a.png"), "opened later");
        Files.writeString(root.resolve("secret.png"), "outside");
    }

    private ExampleFile read(String... rows) throws IOException {
        Files.writeString(file, String.join("\n", rows));
        return ExampleFile.read(file);
    }

    @Test
    void rowsAreExamples() throws IOException {
        ExampleFile read = read(
                GOOD, "", "{\"question\": \"2 + 2?\", \"answer\": [\"4\", \"four\"], \"image\": null, \"id\": 7}\r");

        assertThat(read.badRows()).isEmpty();
        assertThat(read.requireWhole()).isSameAs(read);
        assertThat(read.examples().stream().map(Example::name)).containsExactly("1", "3");
        assertThat(read.examples().getFirst().image().orElseThrow().description())
                .contains("a.png");
        assertThat(read.examples().getLast().image()).isEmpty();
        assertThat(read.examples().getLast().answers()).containsExactly("4", "four");
    }

    @Test
    void aByteOrderMarkIsPassedOver() throws IOException {
        assertThat(read("\uFEFF" + GOOD).examples()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                                              | no JSON",
                "{} {}                                                          | no JSON",
                "[1]                                                            | no JSON object",
                "\"text\"                                                       | no JSON object",
                "{\"answer\": \"x\"}                                            | no question",
                "{\"question\": \" \", \"answer\": \"x\"}                       | no question",
                "{\"question\": 5, \"answer\": \"x\"}                           | no question",
                "{\"question\": \"x\"}                                          | no answer",
                "{\"question\": \"x\", \"answer\": []}                          | no answer",
                "{\"question\": \"x\", \"answer\": [\"y\", 3]}                  | no answer",
                "{\"question\": \"x\", \"answer\": \"y\", \"answer\": \"z\"}    | no JSON: Duplicate",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": 3}         | no path in image",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"b.png\"} | no such picture: b.png",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": \".\"}     | no such picture: .",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"../secret.png\"} | outside the file's folder",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"\\u0000\"}    | not the path of a picture",
                "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"http://x/y.png\"} | no such picture",
            })
    void aBadRowIsToldWithFileAndNumberAndTheOthersAreRead(String row, String reason) throws IOException {
        ExampleFile read = read(GOOD, row, GOOD);

        assertThat(read.examples()).hasSize(2);
        BadRow bad = read.badRows().getFirst();
        assertThat(bad.row()).isEqualTo(2);
        assertThat(bad.reason()).contains(reason).hasLineCount(1);
        assertThat(bad.toString()).startsWith(file + ", row 2: ");
        assertThatThrownBy(read::requireWhole).isInstanceOf(InvalidFile.class).hasMessage(bad.toString());
    }

    @Test
    void absolutePathsAndLinksOutOfTheFolderAreRefusedUnlessAllowed() throws IOException {
        Files.createSymbolicLink(folder.resolve("link.png"), root.resolve("secret.png"));
        String absolute = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"" + root.resolve("secret.png") + "\"}";
        String link = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"link.png\"}";
        String dots = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"../secret.png\"}";
        ExampleFile read = read(absolute, link, dots);

        assertThat(read.examples()).isEmpty();
        assertThat(read.badRows())
                .hasSize(3)
                .allSatisfy(bad -> assertThat(bad.reason()).contains("outside"));
        assertThatThrownBy(read::requireWhole).hasMessageEndingWith("(and 2 more rows)");
        assertThat(ExampleFile.read(file, true).examples()).hasSize(3);
    }

    @Test
    void rowsThatAreNoTextOrTooLongAreBad() throws IOException {
        byte[] bytes = (GOOD + "\n?\n" + "x".repeat(ExampleFile.MAX_ROW_BYTES + 1) + "\n" + GOOD).getBytes();
        bytes[GOOD.length() + 1] = (byte) 0xC3;
        Files.write(file, bytes);
        ExampleFile read = ExampleFile.read(file);

        assertThat(read.examples()).hasSize(2);
        assertThat(read.badRows().stream().map(BadRow::row)).containsExactly(2, 3);
        assertThat(read.badRows().getFirst().reason()).isEqualTo("no UTF-8");
        assertThat(read.badRows().getLast().reason()).startsWith("longer than");
    }

    @Test
    void filesThatCannotBeReadAreNamed() throws IOException {
        assertThatThrownBy(() -> ExampleFile.read(folder.resolve("nowhere.jsonl")))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("nowhere.jsonl");
        assertThatThrownBy(() -> ExampleFile.read(folder)).isInstanceOf(InvalidFile.class);
        Files.write(file, new byte[] {'P', 'A', 'R', '1', 0, (byte) 0xFF});
        assertThatThrownBy(() -> ExampleFile.read(file))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("parquet");
    }

    @Test
    void examplesNeedQuestionAndAnswer() {
        assertThatIllegalArgumentException().isThrownBy(() -> Example.of(" ", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> Example.of("x", ""));
    }

    /// The bundled model's file of examples says what its `samples.json` says.
    @Test
    void theBundledExamplesAreThoseOfTheSamples() {
        ExampleFile read = ExampleFile.read(TestModels.sample("samples.jsonl")).requireWhole();
        List<String> expected = new ArrayList<>();
        for (JsonNode sample : Golden.json(TestModels.sample("samples.json")).get("samples")) {
            sample.get("questions")
                    .forEach(question -> expected.add(question.get("question").asString() + " "
                            + question.get("answer").asString()));
        }

        assertThat(read.examples().stream()
                        .map(example ->
                                example.question() + " " + example.answers().getFirst()))
                .containsExactlyElementsOf(expected);
    }
}
