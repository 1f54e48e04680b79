package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.media.AudioInput;
import io.vlm4j.testkit.AudioFiles;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sounds in conversations as JSON.
class AudioJsonTest {
    private static JsonNode part(AudioInput sound) {
        String json = ChatJson.write(List.of(ChatMessage.user("What is said?", sound)));
        return new JsonMapper().readTree(json).get(0).get("content").get(0);
    }

    private static AudioInput read(String part) {
        List<ChatMessage> messages = ChatJson.read("[{\"role\":\"user\",\"content\":[" + part + "]}]");
        return ((Content.Audio) messages.getFirst().content().getFirst()).audio();
    }

    @ParameterizedTest
    @CsvSource({"chirp.mp3, mp3", "chirp-bare.mp3, mp3", "chirp-a-law.wav, wav", "chirp.flac, flac"})
    void aSoundIsWrittenAsOpenAiHasItAndReadBack(String file, String format) {
        byte[] encoded = AudioFiles.golden(file);
        JsonNode part = part(AudioInput.of(encoded));
        assertThat(part.get("type").asString()).isEqualTo("input_audio");
        assertThat(part.get("input_audio").get("format").asString()).isEqualTo(format);
        assertThat(part.get("input_audio").get("data").asString())
                .isEqualTo(Base64.getEncoder().encodeToString(encoded));
        assertThat(read(part.toString()).encoded()).isEqualTo(encoded);
    }

    @Test
    void rawSamplesAreWrittenAsWav() {
        AudioInput raw = AudioInput.ofSamples(16_000, new float[] {0.5f, -0.25f});
        JsonNode part = part(raw);
        assertThat(part.get("input_audio").get("format").asString()).isEqualTo("wav");
        assertThat(read(part.toString()).encoded()).isEqualTo(raw.encoded());
    }

    @Test
    void theContentDecidesNotTheFormatBesideIt() {
        byte[] wav = AudioFiles.chirpWav();
        String data = Base64.getEncoder().encodeToString(wav);
        for (String part : List.of(
                "{'type':'input_audio','input_audio':{'data':'%s','format':'mp3'}}",
                "{'type':'input_audio','input_audio':{'data':'%s'}}",
                "{'type':'input_audio','input_audio':{'data':'data:audio/wav;base64,%s'}}")) {
            assertThat(read(part.formatted(data).replace('\'', '"')).encoded()).isEqualTo(wav);
        }
    }

    @Test
    void whatIsWrongIsNamedByItsPath() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{\"type\":\"input_audio\"}"))
                .withMessageContaining("$[0].content[0].input_audio.data: expected a string, found nothing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"/etc/passwd.wav\"}}"))
                .withMessageContaining("$[0].content[0].input_audio.data: no base64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{\"type\":\"video_url\"}"))
                .withMessageContaining("'video_url' is not text, image_url or input_audio");
    }
}
