package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatCheckpoint;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Tool;
import io.vlm4j.chat.ToolMethod;
import io.vlm4j.chat.Tools;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.schema.Description;
import io.vlm4j.schema.Pattern;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of `io.vlm4j.chat`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class ChatSnippets {
    @Test
    void holdAConversation() {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            ImageInput image = ImageInput.of(TestModels.sample("06-red_apple.png"));
            // @start region="chat"
            Chat chat = vlm.chat(ChatOptions.defaults());
            String first = chat.say("What is shown in this image?", image).text();
            String second = chat.say("What colour is it?").text(); // the picture is not looked at again
            // @end
            assertThat(first).isEqualTo("a red apple");
            assertThat(second).isNotBlank();
            assertThat(chat.transcript()).hasSize(4);
        }
    }

    @Test
    void branchAndSave(@TempDir Path folder) {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            ImageInput image = ImageInput.of(TestModels.sample("06-red_apple.png"));
            // @start region="branch"
            Chat chat = vlm.chat(ChatOptions.defaults());
            chat.say("What is shown in this image?", image);
            try (ChatCheckpoint seen = chat.checkpoint()) {
                chat.say("Is it sweet?");
                chat.rewind(seen); // at the cost of a copy
            }
            Chat other = chat.fork(); // shares the past, goes its own way
            other.say("Is it sour?");

            chat.save(folder.resolve("apple.chat"));
            Chat tomorrow = vlm.loadChat(folder.resolve("apple.chat"), ChatOptions.defaults());
            // @end
            assertThat(tomorrow.transcript()).hasSize(2);
            assertThat(other.transcript()).hasSize(4);
        }
    }

    @Test
    void letItCallTools() {
        // @start region="tool"
        Tool clock = new Tool(
                new ToolDefinition("now", "The time in UTC.", "{\"type\":\"object\",\"properties\":{}}"),
                arguments -> Clock.systemUTC().instant().toString());
        ChatOptions options = ChatOptions.builder().tools(List.of(clock)).build();
        // @end
        assertThat(options.tools().getFirst().name()).isEqualTo("now");
    }

    // @start region="tools"
    public static final class Warehouse {
        @ToolMethod("How many pieces of an article are left.")
        public int stock(@Description("its number, such as A-17") @Pattern("^[A-Z]-[0-9]+$") String article) {
            return article.equals("A-17") ? 3 : 0;
        }
    }

    List<Tool> warehouse() {
        return Tools.of(new Warehouse());
    }

    // @end

    @Test
    void makeToolsOfMethods() throws Exception {
        Tool stock = warehouse().getFirst();
        assertThat(stock.function().call("{\"article\":\"A-17\"}")).isEqualTo("3");
    }
}
