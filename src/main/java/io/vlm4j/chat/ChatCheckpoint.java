package io.vlm4j.chat;

import io.vlm4j.chat.internal.Window;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.prompt.ChatMessage;
import java.util.List;

/// A conversation at a moment, with all that was computed of it; see [Chat#checkpoint()].
///
/// - **Owner**: whoever made it.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: frees the copy once; later calls do nothing, going back to it then is an [IllegalStateException].
public final class ChatCheckpoint implements AutoCloseable {
    private final List<ChatMessage> transcript;
    private final Window window;
    private final ContextSnapshot snapshot;

    ChatCheckpoint(List<ChatMessage> transcript, Window window, ContextSnapshot snapshot) {
        this.transcript = List.copyOf(transcript);
        this.window = window;
        this.snapshot = snapshot;
    }

    /// All messages up to it.
    public List<ChatMessage> transcript() {
        return transcript;
    }

    /// Native memory that it takes.
    public long sizeInBytes() {
        return snapshot.sizeInBytes();
    }

    Window window() {
        return window;
    }

    ContextSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
