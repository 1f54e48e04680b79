package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.TokenizedPrompt.MediaChunk;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.AudioFiles;
import io.vlm4j.testkit.RandomAudioProjector;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From a sound to tokens, with an audio tower of random weights: what it makes of a sound means nothing, how many
/// tokens that takes and where they go does.
@Tag("native")
@Tag("model")
class HearingTest {
    private static final int WINDOW = RandomAudioProjector.TOKENS_PER_WINDOW;
    private static final GenerationOptions SHORT = Vlm.options().maxTokens(4).build();

    @TempDir
    private static Path folder;

    private static Vlm hearing;
    private static Vlm both;

    @BeforeAll
    static void open() {
        RandomAudioProjector projector = new RandomAudioProjector(TestModels.bundledEmbedding(), 1);
        projector.write(folder.resolve("hearing.gguf"));
        projector.write(TestModels.bundledProjector(), folder.resolve("both.gguf"));
        hearing = Vlm.open(TestModels.bundled(), folder.resolve("hearing.gguf"));
        both = Vlm.open(TestModels.bundled(), folder.resolve("both.gguf"));
    }

    @AfterAll
    static void close() {
        hearing.close();
        both.close();
    }

    private static Projector projector(Vlm vlm) {
        return vlm.projector().orElseThrow();
    }

    private static AudioInput chirp() {
        return AudioInput.of(AudioFiles.chirpWav());
    }

    private static ImageInput apple() {
        return ImageInput.of(TestModels.sample("06-red_apple.png"));
    }

    private static float[] encode(AudioInput sound) {
        try (Tensor rows = projector(hearing).encode(sound)) {
            assertThat(rows.shape().dim(1)).isEqualTo(TestModels.bundledEmbedding());
            return rows.toFloatArray();
        }
    }

    private static List<MediaChunk> media(Prompt prompt, Vlm vlm) {
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, vlm.model(), projector(vlm))) {
            return tokenized.chunks().stream()
                    .filter(MediaChunk.class::isInstance)
                    .map(MediaChunk.class::cast)
                    .toList();
        }
    }

    @Test
    void projectorsSayWhatTheyTake() {
        assertThat(projector(hearing).hearsAudio()).isTrue();
        assertThat(projector(hearing).seesImages()).isFalse();
        assertThat(projector(hearing).audioSampleRate()).hasValue(RandomAudioProjector.SAMPLE_RATE);
        assertThat(projector(both).hearsAudio()).isTrue();
        assertThat(projector(both).seesImages()).isTrue();
        try (Vlm blindToSound = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            assertThat(projector(blindToSound).hearsAudio()).isFalse();
            assertThat(projector(blindToSound).audioSampleRate()).isEmpty();
        }
    }

    @Test
    void aSoundIsEncodedIntoTheSameNumbersEachTime() {
        float[] once = encode(chirp());
        assertThat(once).hasSize(WINDOW * TestModels.bundledEmbedding()).doesNotContain(Float.NaN);
        assertThat(encode(chirp())).containsExactly(once);
        assertThat(encode(AudioInput.of(AudioFiles.golden("chirp.flac")))).containsExactly(once);
        assertThat(encode(AudioInput.ofSamples(8_000, new float[8_000]))).isNotEqualTo(once);
        for (float number : once) {
            assertThat(number).isFinite();
        }
    }

    @Test
    void longSoundsTakeOneWindowAfterTheOther() {
        int rate = RandomAudioProjector.SAMPLE_RATE;
        float[] samples = new float[rate * RandomAudioProjector.SECONDS_PER_WINDOW * 3 / 2];
        Arrays.fill(samples, 0.25f);
        AudioInput sound = AudioInput.ofSamples(rate, samples);
        try (Tensor rows = projector(hearing).encode(sound)) {
            assertThat(rows.shape()).isEqualTo(Shape.of(2 * WINDOW, TestModels.bundledEmbedding()));
        }
        List<MediaChunk> chunks =
                media(Prompt.builder().markup("a ").audio(sound).markup(" b").build(), hearing);
        assertThat(chunks).extracting(MediaChunk::tokens).containsExactly(WINDOW, WINDOW);
        String id = chunks.getFirst().contentId();
        assertThat(id).matches("[0-9a-f]{64}/0");
        assertThat(chunks.getLast().contentId()).isEqualTo(id.substring(0, 64) + "/1");
    }

    @Test
    void equalSoundsHaveEqualContent() {
        Prompt prompt = Prompt.builder()
                .audio(chirp())
                .markup("and")
                .audio(AudioInput.of(AudioFiles.golden("chirp.flac")))
                .markup("and")
                .audio(AudioInput.of(AudioFiles.golden("chirp.mp3")))
                .build();
        List<MediaChunk> chunks = media(prompt, hearing);
        assertThat(chunks).extracting(MediaChunk::positions).containsExactly(WINDOW, WINDOW, WINDOW);
        assertThat(chunks.get(1).contentId()).isEqualTo(chunks.get(0).contentId());
        assertThat(chunks.get(2).contentId()).isNotEqualTo(chunks.get(0).contentId());
    }

    @Test
    void aQuestionAboutASoundIsAnswered() {
        List<GenerationEvent> events = new ArrayList<>();
        hearing.context().clear();
        Generation answer = hearing.ask(
                List.of(ChatMessage.user("What is said?", chirp())), SHORT, events::add, new Cancellation());
        assertThat(answer.usage().imageTokens()).isEqualTo(WINDOW);
        assertThat(answer.usage().promptTokens()).isGreaterThan(WINDOW);
        assertThat(answer.usage().completionTokens()).isPositive();
        assertThat(events.getFirst())
                .isInstanceOfSatisfying(
                        GenerationEvent.MediaEncoded.class,
                        encoded -> assertThat(encoded.tokens()).isEqualTo(WINDOW));
        assertThat(hearing.ask(chirp(), "What is said?", SHORT).text()).isEqualTo(answer.text());
    }

    @Test
    void aConversationRemembersWhatItHeardAndIsSavedWithIt() {
        ChatOptions options = ChatOptions.builder().generation(SHORT).build();
        Chat chat = hearing.chat(options);
        chat.say("What is said?", chirp());
        ChatReply second = chat.say("And by whom?");
        assertThat(second.generation().usage().reusedTokens()).isGreaterThan(WINDOW);
        assertThat(second.generation().usage().imageTokens()).isEqualTo(WINDOW);

        Path file = folder.resolve("heard.session");
        chat.save(file);
        String third = chat.say("Why?").text();
        Chat loaded = Chat.load(file, hearing.generator(), hearing.template(), options);
        assertThat(loaded.transcript()).hasSize(4);
        assertThat(loaded.say("Why?").text()).isEqualTo(third);
    }

    @Test
    void soundsAndPicturesGoIntoOnePromptWhereTheProjectorTakesBoth() {
        ChatMessage message = ChatMessage.user(
                new Content.Audio(chirp()), new Content.Text("and"), new Content.Image(apple()), new Content.Text("?"));
        Generation answer = both.ask(List.of(message), SHORT);
        assertThat(answer.usage().imageTokens()).isEqualTo(WINDOW + 64);
        List<MediaChunk> chunks = media(both.template().render(List.of(message)), both);
        assertThat(chunks).extracting(MediaChunk::tokens).containsExactly(WINDOW, 64);
    }

    @Test
    void aPictureIsSeenAsBeforeByAProjectorThatHearsAsWell() {
        assertThat(both.ask(apple(), "What is shown in this image?").text()).isEqualTo("a red apple");
    }

    @Test
    void whatCannotHearRefusesSounds() {
        try (Vlm seeing = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            String message = TestModels.bundledProjector() + " cannot hear sounds, such as sound of 16044 bytes";
            assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                    .isThrownBy(() -> seeing.ask(chirp(), "What is said?"))
                    .withMessage(message);
            assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                    .isThrownBy(() -> projector(seeing).encode(chirp()))
                    .withMessage(message);
        }
    }

    @Test
    void whatCannotSeeRefusesPictures() {
        String message = folder.resolve("hearing.gguf") + " cannot see pictures, such as "
                + TestModels.sample("06-red_apple.png");
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> hearing.ask(apple(), "What is shown?"))
                .withMessage(message);
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> projector(hearing).encode(apple()))
                .withMessage(message);
    }

    @Test
    void aTextModelAloneRefusesSounds() {
        Prompt prompt = Prompt.builder().audio(chirp()).build();
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> TokenizedPrompt.of(prompt, hearing.model(), null))
                .withMessageStartingWith("the prompt has 0 pictures and 1 sounds, but no projector");
    }

    @Test
    void blipsAreRefusedBeforeTheyReachNativeCode() {
        for (int length : new int[] {1, 2, 1_599}) {
            AudioInput blip = AudioInput.ofSamples(RandomAudioProjector.SAMPLE_RATE, new float[length]);
            assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                    .isThrownBy(() -> projector(hearing).encode(blip))
                    .withMessage(
                            "raw sound of %1$d samples: too short: %1$d samples at 16000 Hz, "
                                    + "at least 1600 are needed",
                            length);
        }
        assertThat(encode(AudioInput.ofSamples(RandomAudioProjector.SAMPLE_RATE, new float[1_600])))
                .isNotEmpty();
    }

    @Test
    void theModelGoesOnAfterASoundThatCannotBeUsed() {
        byte[] cut = Arrays.copyOf(AudioFiles.chirpWav(), 3_000);
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> hearing.ask(AudioInput.of(cut), "What is said?"))
                .withMessage("sound of 3000 bytes (WAV): cut off after 3000 bytes");
        assertThat(hearing.ask(chirp(), "What is said?", SHORT).usage().imageTokens())
                .isEqualTo(WINDOW);
    }
}
