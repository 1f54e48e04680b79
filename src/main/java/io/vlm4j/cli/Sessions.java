package io.vlm4j.cli;

import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.files.AtomicFile;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.vlm.VisionLanguageModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Conversations in files. `.json` is the transcript, for people and other programs; every other name is a session, in
/// which the model's memory of the conversation is kept, too, so that it goes on at once.
final class Sessions {
    /// What a session begins with.
    private static final byte[] MAGIC = "VLM4JCHT".getBytes(StandardCharsets.US_ASCII);

    private Sessions() {}

    /// Writes a conversation; what is none is not written over.
    ///
    /// @throws Failure when that is impossible, with the file as it was
    static void save(Conversation chat, Path file) {
        try {
            if (Files.exists(file) && !isConversation(file)) {
                throw new Failure(ExitCode.USAGE, file + " exists and is no conversation; it is not written over");
            }
            if (isTranscript(file)) {
                byte[] text = (chat.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
                Path target = Files.exists(file) ? file.toRealPath() : file; // a link stays one
                AtomicFile.writePrivate(target, text);
            } else {
                chat.save(file);
            }
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, file + ": cannot be written: " + reason(e), e);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, file + ": cannot be written: " + reason(e.getCause()), e);
        }
    }

    /// @throws Failure when the file holds no conversation
    /// @throws io.vlm4j.Vlm4jException.InvalidFile when it is a session that is damaged or of another model
    static Conversation load(Path file, VisionLanguageModel vlm, ChatOptions options) {
        if (!isTranscript(file)) {
            return vlm.loadChat(file, options);
        }
        try {
            return vlm.chat(options, transcript(file));
        } catch (IOException e) {
            throw new Failure(ExitCode.PROMPT, file + ": cannot be read: " + reason(e), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.PROMPT, file + ": " + e.getMessage(), e);
        }
    }

    private static boolean isTranscript(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    }

    private static List<ChatMessage> transcript(Path file) throws IOException {
        if (Files.size(file) > ChatJson.MAX_LENGTH) {
            throw new IllegalArgumentException("larger than a conversation may be");
        }
        return ChatJson.read(Files.readString(file));
    }

    private static boolean isConversation(Path file) throws IOException {
        if (!isTranscript(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
            }
        }
        try {
            transcript(file);
            return true;
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return false;
        }
    }

    private static String reason(@Nullable IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case null -> "no reason is known";
            default -> String.valueOf(e.getMessage());
        };
    }
}
