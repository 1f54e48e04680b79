package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.TranscriptReader;
import io.vlm4j.prompt.internal.TranscriptWriter;
import java.util.List;

/// Conversations as JSON in the shape of OpenAI's chat completions (`messages`), with llama-server's
/// `reasoning_content`. Pictures are `image_url` parts with a `data:` URI, sounds are `input_audio` parts with
/// `data` and `format` (`wav` or `mp3`; `flac`, which OpenAI does not take, for a sound that is one).
public final class ChatJson {
    /// More than this is refused: a quarter of a gibibyte, far above any conversation with pictures and sounds.
    public static final int MAX_LENGTH = 256 << 20;

    private ChatJson() {}

    /// An array of messages. A picture that is no file's bytes is written as PNG, such a sound as WAV.
    ///
    /// @throws Vlm4jException.InvalidMedia when a picture or a sound cannot be read
    public static String write(List<ChatMessage> messages) {
        return TranscriptWriter.write(messages);
    }

    /// Reads an array of messages, or an object with one in its field `messages`. Fields that are not known are
    /// ignored; nothing is fetched from anywhere: the only pictures and sounds are those inside the text.
    ///
    /// @throws IllegalArgumentException when it is no JSON, longer than [#MAX_LENGTH], or something in it has the wrong
    ///     type, which is named by its path
    public static List<ChatMessage> read(String json) {
        if (json.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a conversation of " + json.length() + " characters is longer than " + MAX_LENGTH);
        }
        return TranscriptReader.read(json);
    }
}
