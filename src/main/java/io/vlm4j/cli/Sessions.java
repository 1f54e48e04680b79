package io.vlm4j.cli;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Conversations in files: `.json` is the transcript, for people and other programs.
final class Sessions {
    private Sessions() {}

    /// Writes a conversation; what cannot be one is not written over.
    ///
    /// @throws Failure when that is impossible, with the file as it was
    static void save(Chat chat, Path file) {
        requireJson(file);
        try {
            if (Files.exists(file)) {
                requireConversation(file);
            }
            AtomicFile.write(file, chat.toJson() + "\n");
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, file + ": cannot be written: " + reason(e), e);
        }
    }

    /// @throws Failure when the file holds no conversation
    static Chat load(Path file, Vlm vlm, ChatOptions options) {
        requireJson(file);
        try {
            return vlm.chat(options, read(file));
        } catch (IOException e) {
            throw new Failure(ExitCode.PROMPT, file + ": cannot be read: " + reason(e), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.PROMPT, file + ": " + e.getMessage(), e);
        }
    }

    private static List<ChatMessage> read(Path file) throws IOException {
        if (Files.size(file) > ChatJson.MAX_LENGTH) {
            throw new IllegalArgumentException("larger than a conversation may be");
        }
        return ChatJson.read(Files.readString(file));
    }

    private static void requireConversation(Path file) throws IOException {
        try {
            read(file);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, file + " exists and is no conversation; it is not written over", e);
        }
    }

    private static void requireJson(Path file) {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".json")) {
            throw new Failure(ExitCode.USAGE, file + ": conversations are saved as .json files");
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            default -> String.valueOf(e.getMessage());
        };
    }
}
