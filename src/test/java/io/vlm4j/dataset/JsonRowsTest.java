package io.vlm4j.dataset;

import static org.assertj.core.api.Assertions.assertThat;
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

class JsonRowsTest {
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

    private record Read(List<VisionExample> examples, List<BadRow> badRows) {}

    private Read read(String... rows) throws IOException {
        Files.writeString(file, String.join("\n", rows));
        return read(DatasetOptions.defaults());
    }

    private Read read(DatasetOptions options) {
        List<BadRow> bad = new ArrayList<>();
        List<VisionExample> examples = VisionDataset.open(
                        file,
                        options.toBuilder()
                                .onBadRow(OnBadRow.SKIP)
                                .badRows((row, count) -> {
                                    bad.add(row);
                                    assertThat(count).isEqualTo(bad.size());
                                })
                                .build())
                .toList();
        return new Read(examples, bad);
    }

    @Test
    void rowsAreExamples() throws IOException {
        Read read = read(
                GOOD, "", "{\"question\": \"2 + 2?\", \"answer\": [\"4\", \"four\"], \"image\": null, \"id\": 7}\r");

        assertThat(read.badRows()).isEmpty();
        assertThat(VisionDataset.open(file).toList()).hasSize(2);
        assertThat(read.examples().stream().map(example -> example.origin().row()))
                .containsExactly(1L, 3L);
        assertThat(read.examples().getFirst().images().getFirst().description()).contains("a.png");
        assertThat(read.examples().getLast().images()).isEmpty();
        assertThat(read.examples().getLast().answer()).isEqualTo("4");
        assertThat(read.examples().getLast().alternatives()).containsExactly("four");
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
                "{}                                                             | no question",
                "{\"messages\": []}                                           | no answer of the assistant",
                "{\"messages\": 4}                                            | no list in messages",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"\"}]}     | message 1 (user) is empty",
                "{\"messages\": [{\"role\": \"user\", \"content\": []}]}       | message 1 (user) is empty",
                "{\"messages\": [{\"role\": \"user\"}]}                        | no list in content",
                "{\"messages\": [{\"role\": \"boss\", \"content\": \"x\"}]}    | no role of a message: boss",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}    | no answer of the assistant at the end",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"audio\"}]}]} | neither text nor image",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]} | no text in a part",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\", \"index\": 1}]}]} | a place for picture 1",
                "{\"conversations\": [{\"from\": \"human\", \"value\": \" \"}]} | no value",
                "{\"conversations\": [{\"from\": \"human\", \"value\": \"<image>?\"}]} | a place for picture 0",
                "{\"images\": [\"a.png\", \"a.png\"], \"conversations\": [{\"from\": \"human\", \"value\": \"<image>\"}, {\"from\": \"gpt\", \"value\": \"x\"}]} | 2 pictures, but no place for 1",
                "{\"question\": \"<image><image>\", \"answer\": \"y\", \"image\": \"a.png\"} | a place for picture 1",
            })
    void aBadRowIsToldWithFileAndNumberAndTheOthersAreRead(String row, String reason) throws IOException {
        Read read = read(GOOD, row, GOOD);

        assertThat(read.examples()).hasSize(2);
        BadRow bad = read.badRows().getFirst();
        assertThat(bad.row()).isEqualTo(2L);
        assertThat(bad.reason()).contains(reason).hasLineCount(1);
        assertThat(bad.toString()).startsWith(file + ", row 2: ");
        assertThatThrownBy(() -> VisionDataset.open(file).toList())
                .isInstanceOf(InvalidFile.class)
                .hasMessage(bad.toString());
    }

    @Test
    void absolutePathsAndLinksOutOfTheFolderAreRefusedUnlessAllowed() throws IOException {
        Files.createSymbolicLink(folder.resolve("link.png"), root.resolve("secret.png"));
        String absolute = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"" + root.resolve("secret.png") + "\"}";
        String link = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"link.png\"}";
        String dots = "{\"question\": \"x\", \"answer\": \"y\", \"image\": \"../secret.png\"}";
        Read read = read(absolute, link, dots);

        assertThat(read.examples()).isEmpty();
        assertThat(read.badRows())
                .hasSize(3)
                .allSatisfy(bad -> assertThat(bad.reason()).contains("outside"));
        assertThat(read(DatasetOptions.builder().imagesAnywhere(true).build()).examples())
                .hasSize(3);
    }

    @Test
    void rowsThatAreNoTextOrTooLongAreBad() throws IOException {
        byte[] bytes = (GOOD + "\n?\n" + "x".repeat((1 << 20) + 1) + "\n" + GOOD).getBytes();
        bytes[GOOD.length() + 1] = (byte) 0xC3;
        Files.write(file, bytes);
        Read read = read(DatasetOptions.defaults());

        assertThat(read.examples()).hasSize(2);
        assertThat(read.badRows().stream().map(BadRow::row)).containsExactly(2L, 3L);
        assertThat(read.badRows().getFirst().reason()).isEqualTo("no UTF-8");
        assertThat(read.badRows().getLast().reason()).startsWith("longer than");
    }

    @Test
    void filesThatCannotBeReadAreNamed() throws IOException {
        assertThatThrownBy(() -> VisionDataset.open(folder.resolve("nowhere.jsonl")))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("nowhere.jsonl");
        assertThatThrownBy(() -> VisionDataset.jsonl(folder, DatasetOptions.defaults()))
                .isInstanceOf(InvalidFile.class);
        Files.write(file, new byte[] {'P', 'A', 'R', '1', 0, (byte) 0xFF});
        assertThatThrownBy(() -> VisionDataset.open(file))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("parquet");
    }

    /// The bundled model's file of examples says what its `samples.json` says.
    @Test
    void theBundledExamplesAreThoseOfTheSamples() {
        List<VisionExample> read =
                VisionDataset.open(TestModels.sample("samples.jsonl")).toList();
        List<String> expected = new ArrayList<>();
        for (JsonNode sample : Golden.json(TestModels.sample("samples.json")).get("samples")) {
            sample.get("questions")
                    .forEach(question -> expected.add(question.get("question").asString() + " "
                            + question.get("answer").asString()));
        }

        assertThat(read.stream().map(example -> example.question().getFirst().text() + " " + example.answer()))
                .containsExactlyElementsOf(expected);
    }
}
