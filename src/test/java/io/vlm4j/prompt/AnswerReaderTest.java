package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Answers in the formats of well-known models, as their templates define them, read whole and in pieces.
@Tag("native")
class AnswerReaderTest {
    private static final Path TEMPLATES = Path.of("native/build/src/llama.cpp/models/templates");
    private static final String CALLED = "{\"city\": \"Oslo\"}";
    private static final ToolDefinition WEATHER = new ToolDefinition(
            "get_weather",
            "The weather at a place.",
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "Qwen-Qwen2.5-7B-Instruct§<tool_call>\\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\\n</tool_call>§",
                "NousResearch-Hermes-3-Llama-3.1-8B-tool_use§<tool_call>\\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\\n</tool_call>§",
                "Qwen-Qwen3-0.6B§<think>\\nI should look.\\n</think>\\n\\n<tool_call>\\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\\n</tool_call>§I should look.",
                "Qwen3-Coder§<tool_call>\\n<function=get_weather>\\n<parameter=city>\\nOslo\\n</parameter>\\n</function>\\n</tool_call>§",
                "meta-llama-Llama-3.1-8B-Instruct§{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Oslo\"}}§",
                "mistralai-Mistral-Nemo-Instruct-2407§[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}, \"id\": \"123456789\"}]§",
                "openai-gpt-oss-120b§<|channel|>analysis<|message|>I should look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\": \"Oslo\"}§I should look.",
            })
    void callsOfToolsAreReadInEveryFormat(String template, String answer, String reasoning) throws IOException {
        ChatMessage message = readInPieces(template, answer.replace("\\n", "\n"));
        assertThat(message.toolCalls()).hasSize(1);
        assertThat(message.toolCalls().getFirst().name()).isEqualTo("get_weather");
        assertThat(message.toolCalls().getFirst().arguments().replace(" ", "")).isEqualTo(CALLED.replace(" ", ""));
        assertThat(message.reasoning().orElse("").strip()).isEqualTo(reasoning == null ? "" : reasoning);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "Qwen-Qwen3-0.6B,<think>Hm.</think>It is cold.,Hm.",
        "Qwen-Qwen2.5-7B-Instruct,It is cold.,''",
        "google-gemma-2-2b-it,It is cold.,''"
    })
    void textAndThoughtAreToldApart(String template, String answer, String reasoning) throws IOException {
        ChatMessage message = readInPieces(template, answer);
        assertThat(message.text().strip()).isEqualTo("It is cold.");
        assertThat(message.reasoning().orElse("").strip()).isEqualTo(reasoning);
        assertThat(message.toolCalls()).isEmpty();
    }

    /// Reads it whole and in pieces of 1, 3 and 7 characters; all must say the same.
    private static ChatMessage readInPieces(String name, String answer) throws IOException {
        String source = Files.readString(TEMPLATES.resolve(name + ".jinja"));
        RenderOptions options = RenderOptions.builder().tools(List.of(WEATHER)).build();
        try (ChatTemplate template = ChatTemplate.of(source, "<s>", "</s>");
                RenderedChat chat = template.render(List.of(ChatMessage.user("Weather in Oslo?")), options)) {
            ChatMessage whole = withoutIds(chat.parse(answer, false));
            for (int size : new int[] {1, 3, 7}) {
                List<AnswerEvent> events = events(chat, answer, size);
                ChatMessage last = ((AnswerEvent.Finished) events.getLast()).message();
                assertThat(withoutIds(last)).as("in pieces of %s", size).isEqualTo(whole);
                assertThat(assembled(events)).as("told in pieces of %s", size).isEqualTo(whole);
            }
            return whole;
        }
    }

    private static List<AnswerEvent> events(RenderedChat chat, String answer, int size) {
        AnswerReader reader = new AnswerReader(chat);
        List<AnswerEvent> events = new ArrayList<>();
        for (int at = 0; at < answer.length(); at += size) {
            events.addAll(reader.add(answer.substring(at, Math.min(answer.length(), at + size))));
        }
        events.addAll(reader.end());
        return events;
    }

    /// What somebody who only listens to the events takes the message for.
    private static ChatMessage assembled(List<AnswerEvent> events) {
        StringBuilder content = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        TreeMap<Integer, String> names = new TreeMap<>();
        TreeMap<Integer, String> arguments = new TreeMap<>();
        for (AnswerEvent event : events) {
            switch (event) {
                case AnswerEvent.ContentDelta delta -> content.append(delta.text());
                case AnswerEvent.ReasoningDelta delta -> reasoning.append(delta.text());
                case AnswerEvent.ToolCallStarted started -> names.put(started.index(), started.name());
                case AnswerEvent.ToolCallArguments more -> arguments.merge(more.index(), more.text(), String::concat);
                case AnswerEvent.Finished _ -> {}
            }
        }
        List<ToolCall> calls = names.keySet().stream()
                .map(index -> new ToolCall("", names.get(index), arguments.getOrDefault(index, "")))
                .collect(Collectors.toList());
        return ChatMessage.assistant(content.toString(), reasoning.toString(), calls);
    }

    /// Ids are made up by the parser where the format has none.
    private static ChatMessage withoutIds(ChatMessage message) {
        return ChatMessage.assistant(
                message.text(),
                message.reasoning().orElse(""),
                message.toolCalls().stream()
                        .map(call -> new ToolCall("", call.name(), call.arguments()))
                        .toList());
    }

    @Test
    void anAnswerThatIsNoneOfTheFormatIsContent() throws IOException {
        String source = Files.readString(TEMPLATES.resolve("Qwen-Qwen2.5-7B-Instruct.jinja"));
        try (ChatTemplate template = ChatTemplate.of(source, "", "");
                RenderedChat chat = template.render(
                        List.of(ChatMessage.user("?")),
                        RenderOptions.builder().tools(List.of(WEATHER)).build())) {
            List<AnswerEvent> events = events(chat, "<tool_call>\n{\"name\": \"get_wea", 4);
            assertThat(events.getLast()).isInstanceOf(AnswerEvent.Finished.class);
        }
    }
}
