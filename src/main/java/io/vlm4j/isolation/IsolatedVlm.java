package io.vlm4j.isolation;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.isolation.internal.Connection;
import io.vlm4j.isolation.internal.IsolatedChat;
import io.vlm4j.isolation.internal.IsolatedExtractor;
import io.vlm4j.isolation.internal.RemoteEvents;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.vlm.VisionLanguageModel;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/// A vision-language model in a process of its own, which native code may take down without harm to this one.
///
/// {@snippet class="io.vlm4j.snippets.IsolationSnippets" region="ask"}
///
/// When that process dies (of a signal, a failed `abort`, the kernel's killer), the call under way gets a
/// [Vlm4jException.WorkerDied], and the next call a new process, which loads the model again. Conversations go on:
/// their transcript is here, and a new process is told it. After a [Vlm4jException.NativeAbort] the process is
/// replaced, too.
///
/// What is memory or code of this process cannot cross and is refused with an [IllegalArgumentException]: sampling
/// steps written in Java, draft models, watched layers, a cache of embeddings made here. Adapters are [named by
/// their files][#use]. Tools, listeners and typed answers work. Pictures and sounds travel as the bytes of a file,
/// at most 1 GiB in a request, raw pixels as PNG.
///
/// The process leaves nothing behind: it ends when this is closed and when this JVM ends or is killed, and it makes no
/// temporary files.
///
/// - **Owner**: whoever opened it.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException]. A stream that was not read to its
///   end is over when another call begins, and says so.
/// - **Close**: ends the process, and a call that is under way in another thread with an [IllegalStateException]; later
///   calls do nothing, use after it is an [IllegalStateException].
public final class IsolatedVlm implements VisionLanguageModel, AutoCloseable {
    private final Connection connection;

    private IsolatedVlm(Connection connection) {
        this.connection = connection;
    }

    /// Opens a vision-language model with default options.
    ///
    /// @param model  GGUF file of the text model
    /// @param mmproj GGUF file of the projector that belongs to it
    public static IsolatedVlm open(Path model, Path mmproj) {
        return open(model, mmproj, VlmOptions.defaults(), IsolationOptions.defaults());
    }

    /// Starts a process and opens a vision-language model in it.
    ///
    /// @throws Vlm4jException.NativeLoad when the process cannot be started, or has no native libraries
    /// @throws Vlm4jException.InvalidFile when a file is missing, not a GGUF file, or damaged
    /// @throws Vlm4jException.ModelLoad when a file cannot be used, the two do not belong together, or memory
    ///     is short
    /// @throws Vlm4jException.WorkerDied when the process died meanwhile
    /// @throws IllegalArgumentException when an option cannot cross
    public static IsolatedVlm open(Path model, Path mmproj, VlmOptions options, IsolationOptions isolation) {
        return new IsolatedVlm(
                Connection.open(model, Optional.of(Objects.requireNonNull(mmproj, "mmproj")), options, isolation));
    }

    /// Opens a model that [sees by itself][io.vlm4j.model.Model#seesByItself()] (Fuyu, KOSMOS-2), with default options.
    public static IsolatedVlm open(Path model) {
        return open(model, model);
    }

    /// Opens a text model alone: it completes and chats, but cannot see or hear.
    public static IsolatedVlm openText(Path model, VlmOptions options, IsolationOptions isolation) {
        return new IsolatedVlm(Connection.open(model, Optional.empty(), options, isolation));
    }

    @Override
    public Generation ask(
            List<ChatMessage> conversation,
            GenerationOptions options,
            GenerationListener listener,
            Cancellation cancellation) {
        return RemoteEvents.ask(connection, conversation, options, cancellation, isHeard(listener))
                .generation(listener);
    }

    @Override
    public GenerationStream stream(
            List<ChatMessage> conversation, GenerationOptions options, Cancellation cancellation) {
        return RemoteEvents.ask(connection, conversation, options, cancellation, true).stream();
    }

    @Override
    public Generation complete(
            Prompt prompt, GenerationOptions options, GenerationListener listener, Cancellation cancellation) {
        return RemoteEvents.complete(connection, prompt, options, cancellation, isHeard(listener))
                .generation(listener);
    }

    private static boolean isHeard(GenerationListener listener) {
        return !listener.equals(GenerationListener.NONE);
    }

    @Override
    public Conversation chat(ChatOptions options, List<ChatMessage> transcript) {
        return new IsolatedChat(connection, options, transcript);
    }

    @Override
    public Conversation loadChat(Path file, ChatOptions options) {
        return IsolatedChat.load(connection, file, options);
    }

    @Override
    public Extractor extractor(ExtractionOptions options) {
        return new IsolatedExtractor(connection, options);
    }

    /// Sets what answers are computed with from the next call on, in conversations that have begun, too, instead of
    /// what was set before. A new process is told it.
    ///
    /// @throws Vlm4jException.InvalidFile when a file is missing, not a GGUF file, damaged, or contradicts itself;
    ///     nothing has changed then, as with the others
    /// @throws Vlm4jException.ModelLoad when one is no LoRA adapter, or made for another model
    /// @throws Vlm4jException.WorkerDied when the process died of it
    /// @throws IllegalArgumentException when the control vector is for another model
    public void use(AdapterFiles adapters) {
        connection.use(adapters);
    }

    /// The process that is there now; empty when it has died and no call came since, and after closing.
    public OptionalLong processId() {
        return connection.pid();
    }

    /// How many processes there have been: one, and one for each that died and was needed again.
    public int processesStarted() {
        return connection.started();
    }

    @Override
    public void close() {
        connection.close();
    }

    @Override
    public String toString() {
        return connection.toString();
    }
}
