package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The commands with models that graphs of our own compute, of one file each.
@Tag("native")
@Tag("model")
@Tag("reference")
class OwnGraphsCommandTest {
    private static final String PICTURE =
            TestModels.sample("03-anchor-pufferfish-rocket.png").toString();

    @TempDir
    private static Path folder;

    private static String fuyu;
    private static String kosmos2;

    @BeforeAll
    static void convert() {
        fuyu = converted("fuyu");
        kosmos2 = converted("kosmos2");
    }

    private static String converted(String name) {
        return Conversion.convert(
                        TestModels.reference("golden/models/" + name), folder, ConversionOptions.of(WeightType.Q8_0))
                .model()
                .toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fuyu", "kosmos2"})
    void aPictureIsDescribedWithoutAnotherFile(String architecture) {
        CommandRun run = CommandRun.of(
                "describe", "-m", architecture.equals("fuyu") ? fuyu : kosmos2, PICTURE, "-n", "5", "--json");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode result = run.json().get("results").get(0);
        assertThat(result.get("usage").get("completion_tokens").asInt()).isEqualTo(5);
        assertThat(result.get("usage").get("image_tokens").asInt()).isGreaterThan(10);
        assertThat(result.has("entities")).isEqualTo(architecture.equals("kosmos2"));
    }

    @Test
    void whatAnAnswerSpeaksOfIsDrawn() throws IOException {
        Path grammar = Files.writeString(
                folder.resolve("snowman.gbnf"),
                "root ::= \"<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object> by<phrase>"
                        + " a fire</phrase><object><patch_index_0005><patch_index_0911></object>.\"");
        Path drawn = folder.resolve("drawn.png");

        CommandRun run = CommandRun.of(
                "describe", "-m", kosmos2, PICTURE, "--grammar", grammar.toString(), "--boxes", drawn.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo("a snowman by a fire.");
        assertThat(run.err()).contains("2 things are marked in " + drawn);
        Set<Integer> added = colours(drawn);
        added.removeAll(colours(Path.of(PICTURE)));
        assertThat(added).contains(0xF0E442, 0x56B4E9); // one for each
    }

    @Test
    void aProcessOfItsOwnAnswersTheSame() throws IOException {
        Path grammar = Files.writeString(
                folder.resolve("man.gbnf"),
                "root ::= \"<phrase> a man</phrase><object><patch_index_0044><patch_index_0863></object>.\"");
        String[] seen = {"describe", "-m", kosmos2, PICTURE, "--grammar", grammar.toString(), "--json"};
        JsonNode here = CommandRun.of(seen).json().get("results").get(0);
        List<String> line = new ArrayList<>(List.of(seen));
        line.add("--isolated");
        JsonNode apart = CommandRun.of(line).json().get("results").get(0);

        assertThat(apart.get("entities")).isEqualTo(here.get("entities")).isNotEmpty();
        assertThat(apart.get("answer")).isEqualTo(here.get("answer"));
        assertThat(CommandRun.of("describe", "-m", fuyu, PICTURE, "-n", "9", "--isolated"))
                .isEqualTo(CommandRun.of("describe", "-m", fuyu, PICTURE, "-n", "9"));
        byte[] talk = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);
        assertThat(CommandRun.of(talk, "chat", "-m", kosmos2, "-i", PICTURE, "-n", "4", "--isolated"))
                .isEqualTo(CommandRun.of(talk, "chat", "-m", kosmos2, "-i", PICTURE, "-n", "4"));
    }

    private static Set<Integer> colours(Path picture) {
        Set<Integer> colours = new HashSet<>();
        try (Pixels pixels = ImageInput.of(picture).decode()) {
            byte[] bytes = pixels.segment().toArray(ValueLayout.JAVA_BYTE);
            for (int i = 0; i < bytes.length; i += 3) {
                colours.add((bytes[i] & 0xFF) << 16 | (bytes[i + 1] & 0xFF) << 8 | bytes[i + 2] & 0xFF);
            }
        }
        return colours;
    }

    @Test
    void boxesAreRefusedWhereThereCanBeNone() {
        String drawn = folder.resolve("none.png").toString();

        CommandRun several = CommandRun.of("describe", "-m", kosmos2, PICTURE, PICTURE, "--boxes", drawn);
        CommandRun other = CommandRun.of("describe", "-m", fuyu, PICTURE, "--boxes", drawn);

        assertThat(several.code()).isEqualTo(ExitCode.USAGE);
        assertThat(several.err()).contains("--boxes is for one picture");
        assertThat(other.code()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("KOSMOS-2", "fuyu");
        assertThat(Path.of(drawn)).doesNotExist();
    }

    @Test
    void textIsCompletedAndHeldAConversationAbout() {
        CommandRun completed = CommandRun.of("complete", "-m", fuyu, "a dog", "-n", "4", "--json");
        CommandRun tokens = CommandRun.of("tokenize", "-m", fuyu, "dog \u4f60", "--json");
        CommandRun chat = CommandRun.of("one\ntwo\n".getBytes(), "chat", "-m", kosmos2, "-n", "4");

        assertThat(completed.code()).as(completed.err()).isZero();
        assertThat(completed.json().get("usage").get("completion_tokens").asInt())
                .isEqualTo(4);
        assertThat(tokens.json().get("tokens").toString()).contains("e4", "bd", "a0"); // bytes of what is unknown
        assertThat(chat.code()).as(chat.err()).isZero();
    }

    @Test
    void whatCannotBeHadIsSaid() {
        Path out = folder.resolve("attended");

        CommandRun adapter = CommandRun.of("complete", "-m", fuyu, "a dog", "--lora", kosmos2);
        CommandRun attend = CommandRun.of("attend", "-m", kosmos2, PICTURE, "--out", out.toString());
        CommandRun projector = CommandRun.of("describe", "-m", kosmos2, "--mmproj", fuyu, PICTURE);

        assertThat(adapter.code()).isNotZero();
        assertThat(adapter.err()).contains("LoRA adapters").doesNotContain("internal");
        assertThat(attend.code()).isNotZero();
        assertThat(attend.err()).contains("watched");
        assertThat(projector.code()).isEqualTo(ExitCode.MODEL);
        assertThat(projector.err()).contains("inside");
    }

    @Test
    void infoSaysThatSuchAModelSeesByItself() {
        CommandRun text = CommandRun.of("info", kosmos2);

        assertThat(text.out()).contains("sees            with the encoder in this file", "one generation at a time");
        assertThat(CommandRun.of("info", "--json", kosmos2)
                        .json()
                        .get("sees_by_itself")
                        .asBoolean())
                .isTrue();
    }
}
