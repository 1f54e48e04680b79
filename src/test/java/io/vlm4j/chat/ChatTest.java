package io.vlm4j.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolChoice;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class ChatTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ChatOptions LONG_ANSWERS = ChatOptions.builder()
            .generation(
                    GenerationOptions.builder().maxTokens(64).ignoreEnd(true).build())
            .build();

    private static Vlm vlm;

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    @BeforeEach
    void rememberNothing() {
        vlm.context().clear();
    }

    private static ImageInput apple() {
        return ImageInput.of(TestModels.sample("06-red_apple.png"));
    }

    private static ImageInput box() {
        return ImageInput.of(TestModels.sample("08-box.png"));
    }

    private static long encodings(List<ChatEvent> events) {
        return events.stream()
                .filter(event -> event instanceof ChatEvent.Progress(GenerationEvent.MediaEncoded _))
                .count();
    }

    private static ChatReply say(Chat chat, List<ChatEvent> events, String text, ImageInput... images) {
        return chat.say(ChatMessage.user(text, images), events::add, new Cancellation());
    }

    @Test
    void answersFollowTheGrammarOfTheRequest() {
        ChatOptions options = ChatOptions.builder()
                .rendering(RenderOptions.builder()
                        .grammar("root ::= \"yes\" | \"no\"")
                        .build())
                .build();

        assertThat(vlm.chat(options).say(WHAT, apple()).message().text()).isIn("yes", "no");
        ChatOptions broken = ChatOptions.builder()
                .rendering(RenderOptions.builder().grammar("root ::= (").build())
                .build();
        assertThatThrownBy(() -> vlm.chat(broken).say(WHAT, apple())).isInstanceOf(Vlm4jException.InvalidGrammar.class);
    }

    @Test
    void theSecondTurnEvaluatesOnlyWhatIsNew() {
        Chat chat = vlm.chat(ChatOptions.defaults());
        List<ChatEvent> events = new ArrayList<>();
        ChatReply first = say(chat, events, WHAT, apple());
        assertThat(first.text()).isEqualTo("a red apple");
        assertThat(encodings(events)).isEqualTo(1);
        ChatReply second = say(chat, events, WHAT);
        assertThat(encodings(events)).isEqualTo(1);
        assertThat(second.generation().usage().reusedTokens()).isGreaterThan(70);
        assertThat(chat.transcript()).hasSize(4);
        assertThat(chat.transcript().stream().map(ChatMessage::role))
                .containsExactly(Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT);
    }

    @Test
    void whatIsReusedComesToTheSameAsWhatIsEvaluatedAnew() {
        ChatOptions cold = LONG_ANSWERS.toBuilder()
                .generation(
                        LONG_ANSWERS.generation().toBuilder().reuse(Reuse.NONE).build())
                .build();
        List<String> answers = new ArrayList<>();
        for (ChatOptions options : List.of(LONG_ANSWERS, cold)) {
            Chat chat = vlm.chat(options);
            answers.add(chat.say(WHAT, apple()).text() + "|"
                    + chat.say("And in this one?", box()).text());
        }
        assertThat(answers.get(0)).isEqualTo(answers.get(1));
    }

    @Test
    void rewindingForgetsAndForksGoTheirOwnWays() {
        Chat chat = vlm.chat(LONG_ANSWERS);
        chat.say(WHAT, apple());
        Chat fork = chat.fork();
        String here = chat.say("What colour is it?").text();
        String there = fork.say("And what is this?", box()).text();
        assertThat(fork.transcript()).hasSize(4);
        assertThat(chat.transcript().get(2)).isNotEqualTo(fork.transcript().get(2));

        List<ChatEvent> events = new ArrayList<>();
        chat.rewind(2);
        assertThat(say(chat, events, "What colour is it?").text()).isEqualTo(here);
        assertThat(encodings(events)).isZero();
        fork.rewind(2);
        assertThat(say(fork, events, "And what is this?", box()).text()).isEqualTo(there);
        assertThat(encodings(events)).isEqualTo(1);
        assertThatThrownBy(() -> chat.rewind(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 of 4");
    }

    @Test
    void aCheckpointComesBackAtTheCostOfACopy() {
        Chat chat = vlm.chat(LONG_ANSWERS);
        chat.say(WHAT, apple());
        try (ChatCheckpoint checkpoint = chat.checkpoint()) {
            String expected = chat.say(WHAT).text();
            vlm.ask(box(), WHAT);
            chat.rewind(checkpoint);
            assertThat(chat.transcript()).hasSize(2);
            List<ChatEvent> events = new ArrayList<>();
            ChatReply again = say(chat, events, WHAT);
            assertThat(again.text()).isEqualTo(expected);
            assertThat(encodings(events)).isZero();
            assertThat(again.generation().usage().reusedTokens()).isGreaterThan(100);
            assertThat(checkpoint.sizeInBytes()).isPositive();
        }
    }

    @Test
    void aTurnThatFailsLeavesTheTranscript() {
        Chat chat = vlm.chat(ChatOptions.defaults());
        chat.say(WHAT, apple());
        List<ChatMessage> before = chat.transcript();
        assertThatThrownBy(() -> chat.say(WHAT, ImageInput.of(new byte[] {1, 2, 3})))
                .isInstanceOf(Vlm4jException.InvalidMedia.class);
        assertThat(chat.transcript()).isEqualTo(before);
        try (ChatStream stream = chat.stream(WHAT)) {
            stream.next();
        }
        assertThat(chat.transcript()).isEqualTo(before);
        assertThat(chat.say(WHAT).text()).isNotBlank();
    }

    @Test
    void aCancelledTurnKeepsWhatWasSaid() {
        Chat chat = vlm.chat(LONG_ANSWERS);
        Cancellation cancellation = new Cancellation();
        ChatReply reply = chat.say(
                ChatMessage.user(WHAT, apple()),
                event -> {
                    if (event instanceof ChatEvent.Text) {
                        cancellation.cancel();
                    }
                },
                cancellation);
        assertThat(reply.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(chat.transcript()).hasSize(2);
        assertThat(chat.transcript().getLast().text()).isEqualTo(reply.text());
        assertThat(chat.say(WHAT).text()).isNotBlank();
    }

    @Test
    void toolsThatTheTemplateDoesNotKnowAreRefused() {
        Tool clock = new Tool(new ToolDefinition("now", "The time.", "{}"), arguments -> "noon");
        for (ToolChoice choice : List.of(ToolChoice.AUTO, ToolChoice.REQUIRED)) {
            Chat chat = vlm.chat(ChatOptions.builder()
                    .tools(List.of(clock))
                    .rendering(RenderOptions.builder().toolChoice(choice).build())
                    .build());
            assertThatThrownBy(() -> chat.say(WHAT))
                    .isInstanceOf(Vlm4jException.InvalidTemplate.class)
                    .hasMessageContaining("does not know tools");
            assertThat(chat.transcript()).isEmpty();
        }
    }

    @Test
    void aClosedCheckpointIsRefusedEvenWhenItHoldsNothing() {
        Chat chat = vlm.chat(ChatOptions.defaults());
        ChatCheckpoint empty = chat.checkpoint();
        chat.say(WHAT);
        empty.close();
        assertThatThrownBy(() -> chat.rewind(empty)).isInstanceOf(IllegalStateException.class);
        assertThat(chat.transcript()).hasSize(2);
    }

    @Test
    void theTranscriptIsData() {
        Chat chat = vlm.chat(ChatOptions.defaults());
        chat.say(WHAT, apple());
        Chat again = vlm.chat(ChatOptions.defaults(), ChatJson.read(chat.toJson()));
        assertThat(again.transcript().getLast()).isEqualTo(chat.transcript().getLast());
        List<ChatEvent> events = new ArrayList<>();
        say(again, events, WHAT);
        assertThat(encodings(events))
                .as("the picture in the JSON is the same picture")
                .isZero();
    }

    /// A small context, so that few turns fill it.
    private static Vlm small(int length) {
        return Vlm.open(
                TestModels.bundled(),
                TestModels.bundledProjector(),
                VlmOptions.defaults()
                        .withContext(
                                ContextOptions.builder().contextLength(length).build()));
    }

    private static ChatOptions overflowing(OverflowPolicy policy) {
        return ChatOptions.builder()
                .overflow(policy)
                .generation(GenerationOptions.builder()
                        .maxTokens(16)
                        .ignoreEnd(true)
                        .trimLeadingSpace(true)
                        .build())
                .build();
    }

    @Test
    void aFullContextFailsWhenThatIsThePolicy() {
        try (Vlm small = small(256)) {
            Chat chat = small.chat(overflowing(OverflowPolicy.FAIL));
            assertThatThrownBy(() -> {
                        for (int turn = 0; turn < 10; turn++) {
                            chat.say(WHAT, turn % 2 == 0 ? apple() : box());
                        }
                    })
                    .isInstanceOf(Vlm4jException.ContextFull.class)
                    .hasMessageContaining("256");
            assertThat(chat.transcript().getLast().role()).isEqualTo(Role.ASSISTANT);
        }
    }

    @Test
    void theOldestTurnsGoWholeAndTheTranscriptKeepsThem() {
        for (OverflowPolicy policy : List.of(OverflowPolicy.DROP_OLDEST_TURNS, OverflowPolicy.SHIFT)) {
            try (Vlm small = small(256)) {
                Chat chat = small.chat(overflowing(policy));
                chat.system("You look at pictures.");
                int encoded = 0;
                for (int turn = 0; turn < 10; turn++) {
                    List<ChatEvent> events = new ArrayList<>();
                    ChatReply reply = say(chat, events, WHAT, turn % 2 == 0 ? apple() : box());
                    assertThat(reply.generation().usage().completionTokens())
                            .as("%s", policy)
                            .isEqualTo(16);
                    encoded += (int) encodings(events);
                }
                assertThat(chat.transcript()).hasSize(21);
                assertThat(small.context().tokens())
                        .isLessThanOrEqualTo(small.context().contextLength());
                if (policy == OverflowPolicy.SHIFT) {
                    assertThat(encoded).as("moved, not encoded again").isEqualTo(10);
                }
            }
        }
    }

    @Test
    void aTurnThatIsTooLongByItselfSaysSo() {
        try (Vlm small = small(256)) {
            Chat chat = small.chat(overflowing(OverflowPolicy.DROP_OLDEST_TURNS));
            chat.say(WHAT);
            assertThatThrownBy(() -> chat.say("a red apple and a box ".repeat(200)))
                    .isInstanceOf(Vlm4jException.ContextFull.class);
            assertThat(chat.transcript()).hasSize(2);
            assertThat(chat.say(WHAT).text()).isNotBlank();
        }
    }
}
