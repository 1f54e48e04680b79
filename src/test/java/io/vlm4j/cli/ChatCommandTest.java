package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The command without a terminal: lines from a pipe, and JSON.
@Tag("native")
@Tag("model")
class ChatCommandTest {
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();
    private static final String TOMATO = TestModels.sample("09-tomato.png").toString();
    private static final String QUESTION = "What is shown in this image?";

    @TempDir
    private Path folder;

    private static CommandRun chat(String lines, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "chat";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return CommandRun.of(lines.getBytes(StandardCharsets.UTF_8), all);
    }

    private static List<JsonNode> json(CommandRun run) {
        return run.out().lines().map(new JsonMapper()::readTree).toList();
    }

    private static String quoted(String text) {
        return new JsonMapper().writeValueAsString(text);
    }

    @Test
    void eachLineIsATurnAndEachAnswerALine() {
        assertThat(chat(QUESTION + "\n\nWhat color is the background?\n", "--image", APPLE))
                .isEqualTo(new CommandRun(0, "a red apple\nwhite\n", ""));
        assertThat(chat("")).isEqualTo(new CommandRun(0, "", ""));
    }

    @Test
    void commandsWorkInPipes() {
        CommandRun run = chat("/image '" + APPLE + "'\n" + QUESTION + "\n/fork dog\n/undo\n/forks\n/switch main\n"
                + "/history\n/exit\nnever asked\n");

        assertThat(run.out())
                .isEqualTo("a red apple\n  main (2 messages)\n* dog (0 messages)\nuser: [06-red_apple.png] " + QUESTION
                        + "\nassistant: a red apple\n");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    @Test
    void whatIsUndoneIsAskedAgainWithItsPicture() {
        assertThat(chat("/image " + APPLE + "\nWhat color is the background?\n/undo\n" + QUESTION + "\n")
                        .out())
                .isEqualTo("white\na red apple\n");
    }

    @Test
    void whatGoesWrongIsSaidAndTheRestGoesOn() {
        CommandRun run = chat("/image no.png\n/jump\n/set top-p 2\n/image " + APPLE + "\n" + QUESTION + "\n");

        assertThat(run.out()).isEqualTo("a red apple\n");
        assertThat(run.err().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("vlm4j: "))
                .anyMatch(line -> line.contains("no.png"))
                .anyMatch(line -> line.contains("there is no command /jump"));
        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
    }

    @Test
    void questionsThatDoNotFitLeaveTheConversationAsItWas() {
        CommandRun run = chat("/image " + APPLE + "\n" + "a red apple and ".repeat(1000) + "\n" + QUESTION + "\n");

        assertThat(run.code()).isEqualTo(ExitCode.PROMPT);
        assertThat(run.out()).isEqualTo("a red apple\n");
        assertThat(run.err()).contains("1024").hasLineCount(1);
    }

    @Test
    void aSlashAtTheBeginningOfAMessageIsDoubled() {
        assertThat(chat("//history of art\\\nb\n/history\n").out()).contains("user: /history of art\nb\n");
    }

    @Test
    void systemMessagesAreSetShownAndRemoved() {
        CommandRun run = chat(
                "/system\n/system \"\"\"Be\nnice.\"\"\"\n/history\n/system off\n/system\n", "--system", "Be brief.");

        assertThat(run.out()).isEqualTo("Be brief.\nsystem: Be\nnice.\n(no system message)\n");
    }

    @Test
    void conversationsAreSavedAndGoneOnWithInAnotherProcess() {
        for (String name : List.of("c.json", "c.session")) {
            Path file = folder.resolve(name);
            CommandRun first = chat("/image " + APPLE + "\n" + QUESTION + "\n/save " + file + "\n/save\n");
            assertThat(first).isEqualTo(new CommandRun(0, "a red apple\n", ""));

            assertThat(chat("What color is the background?\n", "--load", file.toString()))
                    .isEqualTo(new CommandRun(0, "white\n", ""));
        }
    }

    @Test
    void filesThatAreNoConversationsAreNeitherReadNorWrittenOver() throws IOException {
        for (String name : List.of("notes.json", "notes.txt")) {
            Path file = Files.writeString(folder.resolve(name), "my notes");
            CommandRun save = chat("/save " + file + "\n/save " + folder.resolve("no/such/folder.json") + "\n");
            assertThat(save.err().lines()).hasSize(2).allMatch(line -> line.contains(folder.toString()));
            assertThat(file).hasContent("my notes");

            CommandRun load = chat("", "--load", file.toString());
            assertThat(load.code()).isIn(ExitCode.PROMPT, ExitCode.MODEL);
            assertThat(load.err()).startsWith("vlm4j: ").contains(name).hasLineCount(1);
        }
    }

    @Test
    void answersAreJsonOfASchemaUntilItIsOff() {
        CommandRun run = chat("/image " + APPLE
                + "\n/json {\"type\":\"object\",\"properties\":{\"colour\":{\"enum\":[\"red\"]}},"
                + "\"required\":[\"colour\"]}\n" + QUESTION + "\n/json off\n/undo\n" + QUESTION + "\n");

        assertThat(run.out()).matches("\\{\\s*\"colour\"\\s*:\\s*\"red\"\\s*}\na red apple\n");
    }

    @Test
    void answersThatWereCutAreSaidToBe() {
        CommandRun run = chat(QUESTION + "\n", "--image", APPLE, "--max-tokens", "2");

        assertThat(run).isEqualTo(new CommandRun(0, "a red\n", "vlm4j: cut after 2 tokens (max-tokens)\n"));
    }

    @Test
    void aTextModelTalksAndSaysThatItCannotSee() throws IOException {
        Path model = Files.copy(TestModels.bundled(), folder.resolve("text.gguf"));
        CommandRun run = chat("/image " + APPLE + "\nHello\n", "--model", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.out()).isNotBlank();
        assertThat(run.err()).contains("cannot see").hasLineCount(1);
    }

    @Test
    void misuseIsSeenBeforeAModelIsLoaded() {
        assertThat(chat("", "--image", "no.png").code()).isEqualTo(ExitCode.IMAGE);
        assertThat(chat("", "--image", "-").code()).isEqualTo(ExitCode.USAGE);
        assertThat(chat("", "--overflow", "burst").code()).isEqualTo(ExitCode.USAGE);
        assertThat(chat("", "--temperature", "-1").err())
                .isEqualTo("vlm4j: --temperature must be 0 or more, not -1.0\n");
    }

    @Test
    void whoWantsToLeaveIsLetGo() {
        Interruption interruption = new Interruption();
        interruption.request();

        for (String mode : List.of("--quiet", "--json")) {
            CommandRun run = CommandRun.of(interruption, "Hello\n".getBytes(StandardCharsets.UTF_8), "chat", mode);
            assertThat(run).isEqualTo(new CommandRun(ExitCode.INTERRUPTED, "", ""));
        }
    }

    @Test
    void jsonLinesHaveTheDocumentedShape() {
        CommandRun run = chat(
                "{\"text\": \"" + QUESTION + "\", \"images\": [" + quoted(APPLE) + "]}\n"
                        + "{\"role\": \"user\", \"content\": \"What color is the background?\"}\n",
                "--json");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        List<JsonNode> answers = json(run);
        assertThat(answers).hasSize(2);
        assertThat(answers.getFirst().propertyNames())
                .containsExactly("answer", "finish_reason", "usage", "timings_ms");
        assertThat(answers.getFirst().get("answer").asString()).isEqualTo("a red apple");
        assertThat(answers.getFirst().get("finish_reason").asString()).isEqualTo("end_of_generation");
        assertThat(answers.getFirst().get("usage").get("image_tokens").asInt()).isEqualTo(64);
        assertThat(answers.getLast().get("answer").asString()).isEqualTo("white");
        assertThat(answers.getLast().get("usage").get("reused_tokens").asInt()).isGreaterThan(64);
    }

    @Test
    void wholeConversationsAndMessagesWithoutAnswersAreTakenToo() {
        CommandRun run = chat(
                "{\"role\": \"system\", \"content\": \"Be brief.\"}\n"
                        + "{\"role\": \"assistant\", \"content\": \"Hello.\"}\n"
                        + "{\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}\n",
                "--json");

        List<JsonNode> lines = json(run);
        assertThat(lines.get(0).toString()).isEqualTo("{\"added\":\"system\"}");
        assertThat(lines.get(1).toString()).isEqualTo("{\"added\":\"assistant\"}");
        assertThat(lines.get(2).get("usage").get("prompt_tokens").asInt()).isLessThan(15);
    }

    @Test
    void linesThatCannotBeUsedAreErrorsAndTheNextIsAnswered() {
        CommandRun run =
                chat("""
                nonsense
                []
                {}
                {"text": ""}
                {"text": 5}
                {"text": "a"} more
                {"text": "a", "image": "x.png"}
                {"text": "a", "images": "x.png"}
                {"text": "a", "images": ["no.png"]}
                {"role": "emperor", "content": "a"}
                {"messages": []}
                {"messages": [{"role": "assistant", "content": "a"}]}

                /exit
                """ + "[".repeat(5000) + "\n{\"text\": \"" + QUESTION + "\"}\n", "--json", "--image", APPLE);

        List<JsonNode> lines = json(run);
        assertThat(lines).hasSize(15);
        assertThat(lines.subList(0, 14)).allSatisfy(line -> {
            assertThat(line.propertyNames()).containsExactly("error");
            assertThat(line.get("error").asString()).isNotBlank().doesNotContain("Exception");
        });
        assertThat(lines.getLast().get("answer").asString())
                .as("the picture is still there")
                .isEqualTo("a red apple");
        assertThat(run.code()).isEqualTo(ExitCode.PROMPT);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void severalPicturesAreOneQuestion() {
        CommandRun run =
                chat("{\"text\": \"a\", \"images\": [" + quoted(APPLE) + "," + quoted(TOMATO) + "]}\n", "--json");

        assertThat(json(run).getFirst().get("usage").get("image_tokens").asInt())
                .isEqualTo(128);
    }
}
