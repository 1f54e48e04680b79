package io.vlm4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.prompt.ChatMessage;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleTest {
    @Test
    void examplesNeedQuestionAndAnswer() {
        assertThatIllegalArgumentException().isThrownBy(() -> Example.of(" ", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> Example.of("x", ""));
    }

    @Test
    void theLastMessageOfAConversationIsTheAnswer() {
        List<ChatMessage> messages = List.of(
                ChatMessage.user("one?"),
                ChatMessage.assistant("1"),
                ChatMessage.user("two?"),
                ChatMessage.assistant("2"));
        Example example =
                Example.of(new VisionExample(new ExampleOrigin(Path.of("file"), 7), messages, List.of("two")));

        assertThat(example.name()).isEqualTo("7");
        assertThat(example.messages()).isEqualTo(messages.subList(0, 3));
        assertThat(example.question()).isEqualTo("two?");
        assertThat(example.answers()).containsExactly("2", "two");
    }
}
