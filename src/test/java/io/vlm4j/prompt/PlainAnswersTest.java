package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.RenderedChatImpl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// That an answer is not read again with every token changes nothing of what is told, and when: compared with the
/// parser's own readings of each beginning.
@Tag("native")
class PlainAnswersTest {
    private static final Path TEMPLATES = Path.of("native/build/src/llama.cpp/models/templates");
    private static final List<String> ANSWERS = List.of(
            "It is <b>cold</b>: 3 < 5, [1] and {a}.\n\n- one\n- two ",
            "<think>\nHm, \"no\".\n</think>\n\nIt is cold.<think>\n</think> <tool_call>{}</tool_call> <|im_end|>",
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Cold.<|end|> and",
            "[THINK]Hm[/THINK]cold [TOOL_CALLS] <|END_RESPONSE|><|tool_call>call: all\nfunctools[ >>>all\ncold");

    static Stream<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(TEMPLATES)) {
            return files.filter(file -> file.toString().endsWith(".jinja")).sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("templates")
    void everyPieceTellsWhatTheParserReadsIn(Path file) throws IOException {
        String source = Files.readString(file);
        try (ChatTemplate template = ChatTemplate.of(source, "<s>", "</s>");
                RenderedChat chat =
                        template.render(List.of(ChatMessage.user("Is it cold?")), RenderOptions.defaults())) {
            for (String answer : ANSWERS) {
                for (int size : new int[] {1, 4}) {
                    AnswerReader reader = new AnswerReader(chat);
                    StringBuilder text = new StringBuilder();
                    Told told = new Told("", "");
                    for (int at = 0; at < answer.length(); at += size) {
                        String piece = answer.substring(at, Math.min(answer.length(), at + size));
                        List<AnswerEvent> events = reader.add(piece);
                        Told now = told.after(chat, text.append(piece).toString());
                        assertThat(events).as("after '%s'", text).isEqualTo(now.since(told));
                        told = now;
                    }
                }
            }
        }
    }

    /// What was told of an answer.
    private record Told(String reasoning, String content) {
        Told after(RenderedChat chat, String text) {
            try {
                ChatMessage message = chat.parse(text, true);
                String thought = message.reasoning().orElse("");
                return new Told(
                        thought.startsWith(reasoning) ? thought : reasoning,
                        message.text().startsWith(content) ? message.text() : content);
            } catch (Vlm4jException.InvalidAnswer e) {
                return this;
            }
        }

        List<AnswerEvent> since(Told before) {
            List<AnswerEvent> events = new ArrayList<>();
            if (!reasoning.equals(before.reasoning)) {
                events.add(new AnswerEvent.ReasoningDelta(reasoning.substring(before.reasoning.length())));
            }
            if (!content.equals(before.content)) {
                events.add(new AnswerEvent.ContentDelta(content.substring(before.content.length())));
            }
            return events;
        }
    }

    @Test
    void answersOfOrdinaryTemplatesArePlainAndThoseWithToolsAreNot() throws IOException {
        String source = Files.readString(TEMPLATES.resolve("Qwen-Qwen2.5-7B-Instruct.jinja"));
        ToolDefinition tool = new ToolDefinition("clock", "The time.", "{\"type\":\"object\",\"properties\":{}}");
        List<ChatMessage> question = List.of(ChatMessage.user("?"));
        try (ChatTemplate template = ChatTemplate.of(source, "", "");
                RenderedChat free = template.render(question, RenderOptions.defaults());
                RenderedChat tools = template.render(
                        question, RenderOptions.builder().tools(List.of(tool)).build())) {
            ChatMessage read = ChatMessage.assistant("It");
            assertThat(((RenderedChatImpl) free).isPlainAfter("It", read)).isTrue();
            assertThat(((RenderedChatImpl) tools).isPlainAfter("It", read)).isFalse();
        }
    }

    @Test
    void markersThatAreHeldBackAreNotPassedOver() throws IOException {
        String source = Files.readString(TEMPLATES.resolve("openai-gpt-oss-120b.jinja"));
        try (ChatTemplate template = ChatTemplate.of(source, "", "");
                RenderedChat chat = template.render(List.of(ChatMessage.user("?")), RenderOptions.defaults())) {
            String begun = "<|channel|>final<|message|>It";
            ChatMessage read = chat.parse(begun, true);
            assertThat(read.text()).isEqualTo("It");
            assertThat(((RenderedChatImpl) chat).isPlainAfter(begun, read)).isFalse();
        }
    }
}
