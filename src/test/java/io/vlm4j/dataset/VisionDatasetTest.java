package io.vlm4j.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class VisionDatasetTest {
    private static final DatasetOptions ANYWHERE =
            DatasetOptions.builder().imagesAnywhere(true).build();

    @TempDir
    private Path folder;

    private static Path file(String name) {
        return Golden.resource("dataset/files/" + name);
    }

    private static Path image(String name) {
        return Golden.resource("dataset/" + name);
    }

    private static DatasetOptions skipping(List<BadRow> bad, ImageCheck check) {
        return DatasetOptions.builder()
                .onBadRow(OnBadRow.SKIP)
                .badRows((row, _) -> bad.add(row))
                .imageCheck(check)
                .imagesAnywhere(true)
                .build();
    }

    /// What the pack says about its conversations, in the form of [#described].
    private static List<String> expected() throws IOException {
        List<String> rows = new ArrayList<>();
        for (JsonNode row : Golden.json(Golden.resource("processing/collator-datasets.json"))
                .get("rows")) {
            StringBuilder text = new StringBuilder();
            for (JsonNode message : row.get("messages")) {
                text.append(message.get("role").asString()).append('|');
                for (JsonNode part : message.get("content")) {
                    text.append(
                            part.get("type").asString().equals("text")
                                    ? part.get("text").asString()
                                    : hash(Files.readAllBytes(image(row.get("images")
                                            .get(part.get("index").asInt())
                                            .asString()))));
                }
                text.append('\n');
            }
            rows.add(text.toString());
        }
        return rows;
    }

    private static String hash(byte[] picture) {
        return "[" + Arrays.hashCode(picture) + "]";
    }

    private static String described(VisionExample example) {
        StringBuilder text = new StringBuilder();
        for (ChatMessage message : example.messages()) {
            text.append(message.role().templateName()).append('|');
            for (Content part : message.content()) {
                text.append(
                        switch (part) {
                            case Content.Text(String words) -> words;
                            case Content.Image(ImageInput picture) -> hash(picture.encoded());
                            case Content.Audio _ -> "sound";
                        });
            }
            text.append('\n');
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train.parquet",
                "train-plain.parquet",
                "train-zstd-v2.parquet",
                "train-gzip.parquet",
                "train.jsonl"
            })
    void conversationsOfThePack(String name) throws IOException {
        Dataset<VisionExample> dataset = VisionDataset.open(file(name), ANYWHERE);

        assertThat(dataset.map(VisionDatasetTest::described).toList()).isEqualTo(expected());
        assertThat(dataset.size()).isEqualTo(4);
        assertThat(dataset.toList().get(2).origin()).isEqualTo(new ExampleOrigin(file(name), 3));
        assertThat(dataset.skip(3).map(VisionDatasetTest::described).toList())
                .containsExactly(expected().get(3));
    }

    @Test
    void llavasOwnFile() throws IOException {
        for (String name : List.of("sq56", "sq56b", "100x70", "40x30")) {
            Files.copy(image("images/" + name + ".png"), folder.resolve(name + ".png"));
        }
        Path json = Files.copy(file("llava_v1.json"), folder.resolve("llava_v1.json"));

        assertThat(VisionDataset.open(json).map(VisionDatasetTest::described).toList())
                .isEqualTo(expected());
    }

    @Test
    void shardsFollowEachOther() throws IOException {
        Dataset<VisionExample> shards =
                VisionDataset.parquet(file("train.parquet").getParent(), "train-0000*.parquet", ANYWHERE);

        assertThat(shards.map(VisionDatasetTest::described).toList()).isEqualTo(expected());
        assertThat(shards.toList().getLast().origin())
                .isEqualTo(new ExampleOrigin(file("train-00001-of-00002.parquet"), 2));
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.copy(file("train-00000-of-00002.parquet"), data.resolve("train-00000-of-00002.parquet"));
        assertThat(VisionDataset.open(folder).size()).isEqualTo(2);
    }

    @Test
    void rowGroupsAreShuffledAndReadingsGoOnAnywhere() {
        List<BadRow> bad = new ArrayList<>();
        Dataset<Long> rows = VisionDataset.open(file("nulls-none.parquet"), skipping(bad, ImageCheck.PRESENCE))
                .map(example -> example.origin().row());
        List<Long> inOrder = rows.toList();

        assertThat(bad)
                .hasSize(15)
                .allSatisfy(row -> assertThat(row.row() - 1)
                        .satisfiesAnyOf(
                                index -> assertThat(index % 17).isEqualTo(3),
                                index -> assertThat(index % 17).isEqualTo(5),
                                index -> assertThat(index % 17).isEqualTo(7),
                                index -> assertThat(index % 17).isEqualTo(9)));
        assertThat(inOrder).hasSize(45).isSorted();
        List<Long> shuffled = rows.shuffle(3, 5).toList();
        assertThat(shuffled).containsExactlyInAnyOrderElementsOf(inOrder).isNotEqualTo(inOrder);
        assertThat(rows.shuffle(3, 5).toList()).isEqualTo(shuffled);
        assertThat(rows.shuffle(4, 5).toList()).isNotEqualTo(shuffled);
        DatasetSplit<Long> split = rows.split(0.2, 1);
        assertThat(split.train().shuffle(1).concat(split.test()).toList()).containsExactlyInAnyOrderElementsOf(inOrder);
        try (DatasetCursor<Long> cursor = rows.open()) {
            for (int i = 0; i < 30; i++) {
                cursor.next();
            }
            try (DatasetCursor<Long> later = rows.open(cursor.position())) {
                assertThat(later.next()).isEqualTo(inOrder.get(30)).isEqualTo(cursor.next());
            }
        }
    }

    @Test
    void otherLayouts() {
        List<VisionExample> questions =
                VisionDataset.open(file("questions.parquet")).toList();
        assertThat(questions.get(1).question().getFirst().text()).isEqualTo("question 1?");
        assertThat(questions.get(1).answer()).isEqualTo("answer 1");
        assertThat(questions.get(1).alternatives()).containsExactly("another");
        assertThat(questions.get(0).alternatives()).isEmpty();
        assertThat(questions.get(0).images()).hasSize(1);

        assertThat(VisionDataset.open(file("required.parquet"))
                        .map(VisionDatasetTest::described)
                        .toList())
                .hasSize(5)
                .element(4)
                .asString()
                .matches("user\\|\\[-?\\d+]\nwhat 4\\?\nassistant\\|this 4\n");

        List<VisionExample> captions =
                VisionDataset.open(file("captions.parquet")).toList();
        assertThat(captions.get(2).question().getFirst().text()).isEqualTo("Describe the image.");
        assertThat(captions.get(2).answer()).isEqualTo("caption 2");
        VisionExample silent = VisionDataset.open(
                        file("captions.parquet"),
                        ANYWHERE.toBuilder().captionPrompt("").build())
                .toList()
                .getFirst();
        assertThat(silent.question().getFirst().content()).hasSize(1).first().isInstanceOf(Content.Image.class);
    }

    @Test
    @Tag("native")
    void corruptRowsOfParquet() {
        List<BadRow> bad = new ArrayList<>();
        List<VisionExample> good = VisionDataset.open(file("corrupt-rows.parquet"), skipping(bad, ImageCheck.DECODE))
                .toList();

        assertThat(good.stream().map(example -> example.origin().row())).containsExactly(1L, 7L);
        assertThat(bad.stream().map(BadRow::row)).containsExactly(2L, 3L, 4L, 5L, 6L);
        assertThat(bad).allSatisfy(row -> assertThat(row.file()).isEqualTo(file("corrupt-rows.parquet")));
        assertThat(bad.get(1).reason()).contains("picture 5").contains("1 pictures");
        assertThat(bad.get(2).reason()).contains("no question");
        assertThat(bad.get(3).reason()).contains("picture 0");
        assertThat(bad.get(4).reason()).contains("no picture of a known format");
        List<BadRow> atSight = new ArrayList<>();
        assertThat(VisionDataset.open(file("corrupt-rows.parquet"), skipping(atSight, ImageCheck.HEADER))
                        .toList())
                .hasSize(2);
        assertThat(atSight.stream().map(BadRow::row)).containsExactly(2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void corruptRowsOfJson() {
        List<BadRow> bad = new ArrayList<>();
        List<VisionExample> good = VisionDataset.open(file("corrupt.jsonl"), skipping(bad, ImageCheck.PRESENCE))
                .toList();

        assertThat(good.stream().map(example -> example.origin().row())).containsExactly(1L, 5L);
        assertThat(bad.stream().map(BadRow::row)).containsExactly(2L, 4L);
        assertThat(bad.getFirst().reason()).contains("no JSON");
        assertThat(bad.getLast().reason()).contains("no such picture").contains("missing.png");
    }

    @Test
    void aBadRowThatIsFatalDoesNotKeepTheNextFromBeingRead() {
        try (DatasetCursor<VisionExample> cursor =
                VisionDataset.open(file("corrupt.jsonl"), ANYWHERE).open()) {
            cursor.next();
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(cursor::next)
                    .withMessageStartingWith(file("corrupt.jsonl") + ", row 2: no JSON");
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(cursor::next)
                    .withMessageContaining("row 4");
            assertThat(cursor.next().origin().row()).isEqualTo(5);
            assertThat(cursor.hasNext()).isFalse();
        }
    }

    @Test
    void limitsAreRows() {
        ImageLimits small = ImageLimits.defaults().withMaxBytes(100);
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(
                                file("captions.parquet"),
                                DatasetOptions.builder().imageLimits(small).build())
                        .toList())
                .withMessageContaining("row 1: ")
                .withMessageContaining("at most 100");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(
                                file("train.parquet"),
                                DatasetOptions.builder().maxImages(1).build())
                        .toList())
                .withMessageContaining("row 3: 2 ");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(
                                file("train.parquet"),
                                DatasetOptions.builder().maxTextLength(40).build())
                        .toList())
                .withMessageContaining("row 1: more than 40 characters");
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        List<BadRow> bad = new ArrayList<>();
        DatasetOptions skipping = skipping(bad, ImageCheck.PRESENCE);
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(file("truncated.parquet"), skipping))
                .withMessageContaining("truncated.parquet");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(file("other-columns.parquet"), skipping))
                .withMessageContaining("other-columns.parquet has no column messages")
                .withMessageContaining("it has pixels, label");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(file("no-role.parquet"), skipping))
                .withMessageContaining("no column messages.role");
        Path array = Files.writeString(folder.resolve("a.json"), "[{\"question\": \"a\", \"answer\": \"b\"}, {");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.open(array, skipping))
                .withMessageContaining("a.json, behind row 1: no JSON");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> VisionDataset.parquet(folder, "*.parquet", skipping))
                .withMessageContaining("*.parquet");
        assertThatIllegalArgumentException().isThrownBy(() -> VisionDataset.parquet(List.of(), skipping));
        assertThat(bad).isEmpty();
    }

    @Test
    void aFolderOfPicturesWithCaptions() throws IOException {
        Files.copy(image("images/sq56.png"), folder.resolve("b.png"));
        Files.copy(image("images/40x30.png"), folder.resolve("a.PNG"));
        Files.copy(image("images/40x30.png"), folder.resolve("c.png"));
        Files.writeString(folder.resolve("a.txt"), "a square\n");
        Files.writeString(folder.resolve("b.txt"), "a rectangle");
        Files.writeString(folder.resolve("notes.md"), "no picture");
        List<BadRow> bad = new ArrayList<>();
        List<VisionExample> pictures =
                VisionDataset.open(folder, skipping(bad, ImageCheck.PRESENCE)).toList();

        assertThat(pictures.stream().map(VisionExample::answer)).containsExactly("a square", "a rectangle");
        assertThat(pictures.getFirst().origin()).isEqualTo(new ExampleOrigin(folder.resolve("a.PNG"), 1));
        assertThat(bad).hasSize(1).first().asString().contains("c.png, row 3: no caption: c.txt is missing");

        Files.writeString(
                folder.resolve("metadata.jsonl"),
                "{\"file_name\": \"c.png\", \"text\": \"from metadata\"}\n{\"file_name\": \"../x.png\", \"text\": \"y\"}\n");
        bad.clear();
        DatasetOptions inside = skipping(bad, ImageCheck.HEADER).toBuilder()
                .imagesAnywhere(false)
                .build();
        assertThat(VisionDataset.open(folder, inside).toList())
                .singleElement()
                .satisfies(example -> assertThat(example.answer()).isEqualTo("from metadata"));
        assertThat(bad).hasSize(1).first().asString().contains("metadata.jsonl, row 2: the picture is outside");
    }
}
