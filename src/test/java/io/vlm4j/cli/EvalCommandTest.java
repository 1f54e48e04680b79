package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("native")
@Tag("model")
class EvalCommandTest {
    private static final String GOOD = row("phone.png", "What is on the left?", "a phone");

    @TempDir
    private Path folder;

    private static String row(String image, String question, String answer) {
        return "{\"image\": \"" + image + "\", \"question\": \"" + question + "\", \"answer\": \"" + answer + "\"}";
    }

    @BeforeEach
    void copyPicture() throws IOException {
        Files.copy(TestModels.sample("02-phone-toilet.png"), folder.resolve("phone.png"));
        Files.writeString(folder.resolve("broken.png"), "no picture");
    }

    private String data(String... rows) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), String.join("\n", rows))
                .toString();
    }

    @Test
    void aTableSaysHowGoodTheModelIs() throws IOException {
        String data = data(GOOD, row("phone.png", "What is on the right?", "a phone"));
        CommandRun run = CommandRun.of("eval", data);

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).hasLineCount(3).contains("accuracy        50.0 %     1 of 2, exact", "perplexity");
    }

    @Test
    void jsonHasTheDocumentedShapeAndGoesToAFileToo() throws IOException {
        Path out = folder.resolve("report.json");
        String data = data(GOOD, "{\"question\": \"How many?\", \"answer\": [\"x\", \"y\"]}");
        CommandRun run = CommandRun.of(
                "eval",
                data,
                "--json",
                "--out",
                out.toString(),
                "--against",
                TestModels.bundled().toString());

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode document = run.json();
        assertThat(document.propertyNames())
                .containsExactly(
                        "model",
                        "mmproj",
                        "data",
                        "match",
                        "examples",
                        "correct",
                        "accuracy",
                        "tokens",
                        "perplexity",
                        "against",
                        "bad_rows",
                        "results");
        assertThat(document.get("against").propertyNames())
                .containsExactly(
                        "model", "tokens", "perplexity", "mean_kl", "median_kl", "p99_kl", "max_kl", "top_agreement");
        assertThat(document.get("against").get("mean_kl").asDouble()).isZero();
        assertThat(document.get("against").get("tokens").asInt())
                .isEqualTo(document.get("tokens").asInt());
        JsonNode result = document.get("results").get(0);
        assertThat(result.propertyNames())
                .containsExactly(
                        "row", "question", "expected", "answer", "correct", "tokens", "negative_log_likelihood");
        assertThat(result.get("answer").asString()).isEqualTo("a phone");
        assertThat(document.get("results").get(1).get("correct").asBoolean()).isFalse();
        assertThat(new JsonMapper().readTree(out)).isEqualTo(document);
    }

    @Test
    void comparisonsAreInTheTable() throws IOException {
        CommandRun run = CommandRun.of(
                "eval", data(GOOD), "--against", TestModels.bundled().toString());

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("against " + TestModels.bundled(), "mean KL         0.00e+00", "same top token  100.0 %");
    }

    @Test
    void aBadRowEndsItUnlessItMayBePassedOver() throws IOException {
        String data = data(GOOD, "{\"question\": 3}", row("broken.png", "What?", "this"), GOOD);
        CommandRun run = CommandRun.of("eval", data);
        assertThat(run).isEqualTo(new CommandRun(ExitCode.PROMPT, "", "vlm4j: " + data + ", row 2: no question\n"));

        CommandRun skipping = CommandRun.of("eval", data, "--skip-bad");
        assertThat(skipping.code()).isZero();
        assertThat(skipping.err())
                .contains(data + ", row 2: no question", data + ", row 3: ")
                .hasLineCount(2);
        assertThat(skipping.out()).contains("2 of 2", "passed over     2");

        JsonNode bad =
                CommandRun.of("eval", data, "--skip-bad", "--json").json().get("bad_rows");
        assertThat(bad.size()).isEqualTo(2);
        assertThat(bad.get(1).get("row").asString()).isEqualTo("3");
    }

    @Test
    void everyKindOfDatasetIsRead() throws IOException {
        Path files = Golden.resource("dataset/files/train.parquet").getParent();
        JsonNode parquet = CommandRun.of(
                        "eval", files.resolve("train.parquet").toString(), "--json", "-n", "2", "--limit", "3")
                .json();
        assertThat(parquet.get("examples").asInt()).isEqualTo(3);
        JsonNode first = parquet.get("results").get(0); // of two turns
        assertThat(first.get("row").asString()).isEqualTo("1");
        assertThat(first.get("question").asString()).isEqualTo("is it red?");
        assertThat(first.get("expected").asString()).isEqualTo("yes");

        Path shards = Files.createDirectories(folder.resolve("shards/data"));
        for (String shard : List.of("train-00000-of-00002.parquet", "train-00001-of-00002.parquet")) {
            Files.copy(files.resolve(shard), shards.resolve(shard));
        }
        JsonNode rows = CommandRun.of("eval", folder.resolve("shards").toString(), "--json", "-n", "2")
                .json()
                .get("results");
        assertThat(rows.size()).isEqualTo(4);
        assertThat(rows.get(3).get("row").asString()).isEqualTo("train-00001-of-00002.parquet:2");

        Path captions = Files.createDirectory(folder.resolve("captions"));
        Files.copy(folder.resolve("phone.png"), captions.resolve("phone.png"));
        Files.writeString(captions.resolve("phone.txt"), "a phone and a toilet");
        assertThat(CommandRun.of("eval", captions.toString(), "-n", "2").out()).contains("0 of 1");

        CommandRun damaged =
                CommandRun.of("eval", files.resolve("truncated.parquet").toString());
        assertThat(damaged.code()).isEqualTo(ExitCode.PROMPT);
        assertThat(damaged.err()).contains("truncated.parquet").hasLineCount(1);
    }

    @Test
    void aDamagedPictureNamesItsRow() throws IOException {
        String data = data(GOOD, row("broken.png", "What?", "this"));
        CommandRun run = CommandRun.of("eval", data);

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.err()).startsWith("vlm4j: " + data + ", row 2: ").hasLineCount(1);
    }

    @Test
    void picturesStayInTheFolderUnlessAllowed() throws IOException {
        Path below = Files.createDirectory(folder.resolve("below"));
        String data = Files.writeString(
                        below.resolve("data.jsonl"), row("../phone.png", "What is on the left?", "a phone"))
                .toString();

        assertThat(CommandRun.of("eval", data).code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("eval", data, "--images-anywhere").out()).contains("1 of 1");
    }

    @Test
    void matchingAndLimitsAreChosen() throws IOException {
        String data = data(row("phone.png", "What is on the left?", "phone"), "broken");

        assertThat(CommandRun.of("eval", data, "--skip-bad").out()).contains("0 of 1");
        assertThat(CommandRun.of("eval", data, "--skip-bad", "--match", "contains")
                        .out())
                .contains("1 of 1, contains");
        String two = data(GOOD, row("phone.png", "What is on the right?", "a toilet"));
        assertThat(CommandRun.of("eval", two, "--limit", "1").out()).contains("1 of 1");
    }

    @Test
    void wrongUseIsToldApart() throws IOException {
        String data = data(GOOD);

        assertThat(CommandRun.of("eval").code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("eval", "nowhere.jsonl").code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("eval", data(" ")).code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("eval", data, "--limit", "0").code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("eval", data, "--match", "nearly").code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("eval", data, "--max-tokens", "0").code()).isEqualTo(ExitCode.USAGE);
        data(GOOD);
        assertThat(CommandRun.of("eval", data, "--against", "nowhere.gguf").code())
                .isEqualTo(ExitCode.MODEL);
        CommandRun foreign = CommandRun.of(
                "eval",
                data,
                "--against",
                TestModels.tinyLlava().toString(),
                "--against-mmproj",
                TestModels.tinyLlavaProjector().toString());
        assertThat(foreign.code()).isEqualTo(ExitCode.MODEL);
        assertThat(foreign.err()).contains("the vocabularies differ");
    }

    @Test
    void whoWantsToLeaveGetsWhatThereIs() throws IOException {
        Interruption interruption = new Interruption();
        interruption.request();
        CommandRun run = CommandRun.of(interruption, new byte[0], "eval", data(GOOD), "--json");

        assertThat(run.code()).isEqualTo(ExitCode.INTERRUPTED);
    }

    @Test
    void theBarSaysHowFarItIs() {
        assertThat(EvalReport.bar(0, 3)).isEqualTo("[--------------------] 0/3");
        assertThat(EvalReport.bar(22, 88)).isEqualTo("[#####---------------] 22/88");
        assertThat(EvalReport.bar(3, 3)).isEqualTo("[####################] 3/3");
        assertThat(EvalReport.percent(Double.NaN)).isEqualTo("-");
    }
}
