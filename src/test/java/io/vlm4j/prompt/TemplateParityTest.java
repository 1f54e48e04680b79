package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.JsonText;
import io.vlm4j.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Every template that comes with llama.cpp, over a set of conversations, against what llama-server makes of them.
@Tag("native")
class TemplateParityTest {
    private static final Path TEMPLATES = Path.of("native/build/src/llama.cpp/models/templates");

    @Test
    void everyTemplateRendersEveryConversationAsLlamaServerDoes() throws IOException {
        JsonNode conversations =
                JsonText.MAPPER.readTree(Files.readString(Golden.resource("templates/conversations.json")));
        Map<String, String> expected = new TreeMap<>();
        Files.readString(Golden.resource("templates/rendered.tsv")).lines().forEach(line -> {
            String[] columns = line.split("\t", 3);
            expected.put(columns[0] + " " + columns[1], columns[2]);
        });
        Map<String, String> differing = new TreeMap<>();
        Map<String, String> rendered = new TreeMap<>();
        for (Path file : templates()) {
            String source = Files.readString(file);
            try (ChatTemplate template = ChatTemplate.of(source, "<s>", "</s>")) {
                for (Map.Entry<String, JsonNode> conversation : conversations.properties()) {
                    String key = file.getFileName() + " " + conversation.getKey();
                    String ours = outcome(template, conversation.getValue());
                    rendered.put(key, ours);
                    if (!ours.equals(expected.get(key))) {
                        differing.put(key, expected.get(key) + " but was " + ours);
                    }
                }
            }
        }

        assertThat(differing).isEmpty();
        assertThat(rendered).as("cases").containsOnlyKeys(expected.keySet()).hasSizeGreaterThanOrEqualTo(70 * 20);
        assertThat(rendered.values().stream().filter("refused"::equals))
                .as("refused by both")
                .hasSize(7);
    }

    private static List<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(TEMPLATES)) {
            return files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList();
        }
    }

    private static String outcome(ChatTemplate template, JsonNode request) {
        List<ChatMessage> messages = ChatJson.read(request.toString());
        try (RenderedChat chat = template.render(messages, options(request))) {
            String prompt = chat.prompt().parts().stream()
                    .map(part -> switch (part) {
                        case Prompt.Markup markup -> markup.text();
                        case Prompt.PlainText plain -> plain.text();
                        case Prompt.Image _ -> "<__media__>";
                        case Prompt.Tokens tokens -> throw new AssertionError("templates write texts");
                        case Prompt.Audio audio -> throw new AssertionError("no conversation has sounds");
                    })
                    .collect(Collectors.joining());
            return prompt.getBytes(StandardCharsets.UTF_8).length + "\t" + hash(prompt) + "\t" + hash(chat.grammar())
                    + "\t" + chat.format();
        } catch (Vlm4jException.InvalidTemplate e) {
            return "refused";
        }
    }

    private static RenderOptions options(JsonNode request) {
        RenderOptions.Builder options = RenderOptions.builder().now(Instant.parse("2026-11-24T12:00:00Z"));
        List<ToolDefinition> tools = new ArrayList<>();
        for (JsonNode tool : request.path("tools")) {
            JsonNode function = tool.path("function");
            tools.add(new ToolDefinition(
                    function.path("name").asString(),
                    function.path("description").asString(),
                    function.path("parameters").toString()));
        }
        options.tools(tools);
        if (request.has("tool_choice")) {
            options.toolChoice(
                    ToolChoice.valueOf(request.path("tool_choice").asString().toUpperCase(Locale.ROOT)));
        }
        if (request.has("parallel_tool_calls")) {
            options.parallelToolCalls(request.path("parallel_tool_calls").asBoolean());
        }
        options.addGenerationPrompt(request.path("add_generation_prompt").asBoolean(true));
        if (request.has("continue_final_message")) {
            options.continuation(Continuation.AUTO);
        }
        JsonNode arguments = request.path("chat_template_kwargs");
        if (arguments.has("enable_thinking")) {
            options.enableThinking(arguments.path("enable_thinking").asBoolean());
            options.templateArguments(
                    Map.of("enable_thinking", arguments.path("enable_thinking").toString()));
        }
        if (request.has("json_schema")) {
            options.jsonSchema(request.path("json_schema").toString());
        }
        return options.build();
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, 24);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
