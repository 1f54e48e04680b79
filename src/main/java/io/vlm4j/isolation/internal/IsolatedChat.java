package io.vlm4j.isolation.internal;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.ChatStream;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A conversation whose transcript is here, with a copy in the worker that turns are held with. A worker is told what
/// its copy lacks, which is everything when it is a new one.
public final class IsolatedChat implements Conversation {
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final int KEPT = 32; // conversations in a worker
    private static final int TOLD_ANEW = -1;

    private final Connection connection;
    private final ChatOptions options;
    private final long number = NUMBERS.incrementAndGet();
    private List<ChatMessage> transcript;
    private int unchanged; // messages since the worker's copy was last the same
    private int revision; // counts changes of the transcript

    /// @throws IllegalArgumentException when an option cannot cross
    public IsolatedChat(Connection connection, ChatOptions options, List<ChatMessage> transcript) {
        Wire.check(options);
        this.connection = connection;
        this.options = options;
        this.transcript = List.copyOf(transcript);
    }

    /// Opens one that was saved.
    public static IsolatedChat load(Connection connection, Path file, ChatOptions options) {
        IsolatedChat chat = new IsolatedChat(connection, options, List.of());
        String path = file.toAbsolutePath().toString();
        try (RemoteCall call = connection.begin(
                FrameKind.LOAD,
                (worker, blobs) -> new Requests.Load(chat.state(worker, blobs), path),
                new Cancellation())) {
            Frame result = call.next();
            chat.transcript = WireMessage.messages(
                    Wire.read(result.body(), Requests.Transcript.class).messages(), result.blobs());
            chat.isInStep(call.worker());
            return chat;
        }
    }

    @Override
    public void save(Path file) {
        String path = file.toAbsolutePath().toString();
        try (RemoteCall call = connection.begin(
                FrameKind.SAVE, (worker, blobs) -> new Requests.Save(state(worker, blobs), path), new Cancellation())) {
            call.next();
            isInStep(call.worker());
        }
    }

    /// What a worker lacks of this conversation. Until the call has succeeded it counts as lacking all.
    private Requests.ChatState state(WorkerProcess worker, List<byte[]> blobs) {
        Map<Long, Integer> copies = worker.chats();
        Integer known = copies.put(number, TOLD_ANEW);
        if (known != null && known != TOLD_ANEW) {
            int keep = Math.min(unchanged, known);
            List<WireMessage> then = WireMessage.all(transcript.subList(keep, transcript.size()), blobs);
            return new Requests.ChatState(number, keep, then, Optional.empty(), List.of());
        }
        List<Long> forget = new ArrayList<>();
        Iterator<Long> eldest = copies.keySet().iterator();
        while (copies.size() > KEPT) {
            forget.add(eldest.next());
            eldest.remove();
        }
        Requests.WireChatOptions told = Requests.WireChatOptions.of(options);
        return new Requests.ChatState(number, 0, WireMessage.all(transcript, blobs), Optional.of(told), forget);
    }

    private void isInStep(WorkerProcess worker) {
        worker.chats().put(number, transcript.size());
        unchanged = transcript.size();
    }

    @Override
    public List<ChatMessage> transcript() {
        return transcript;
    }

    @Override
    public ChatOptions options() {
        return options;
    }

    @Override
    public IsolatedChat with(ChatOptions other) {
        return new IsolatedChat(connection, other, transcript);
    }

    @Override
    public IsolatedChat fork() {
        return with(options);
    }

    @Override
    public void rewind(int messages) {
        if (messages < 0 || messages > transcript.size()) {
            throw new IllegalArgumentException("cannot go back to message " + messages + " of " + transcript.size());
        }
        become(transcript.subList(0, messages), messages);
    }

    @Override
    public void system(String text) {
        List<ChatMessage> changed = new ArrayList<>(transcript);
        if (!changed.isEmpty() && changed.getFirst().role() == Role.SYSTEM) {
            changed.removeFirst();
        }
        changed.addFirst(ChatMessage.system(text));
        become(changed, 0);
    }

    @Override
    public void add(ChatMessage message) {
        Objects.requireNonNull(message, "message");
        List<ChatMessage> longer = new ArrayList<>(transcript);
        longer.add(message);
        become(longer, transcript.size());
    }

    private void become(List<ChatMessage> messages, int same) {
        transcript = List.copyOf(messages);
        unchanged = Math.min(unchanged, same);
        revision++;
    }

    @Override
    public ChatStream stream(ChatMessage message, Cancellation cancellation) {
        Turn turn = new Turn(message, cancellation);
        return ChatStream.of(turn, turn::close);
    }

    /// A turn, which begins when its first event is asked for.
    private final class Turn implements Iterator<ChatEvent> {
        private final ChatMessage message;
        private final Cancellation cancellation;
        private final List<ChatMessage> asked;
        private final int before = revision;
        private @Nullable RemoteCall call;
        private boolean finished;

        Turn(ChatMessage message, Cancellation cancellation) {
            this.message = message;
            this.cancellation = cancellation;
            this.asked = new ArrayList<>(transcript);
            asked.add(message);
        }

        @Override
        public boolean hasNext() {
            return !finished;
        }

        @Override
        public ChatEvent next() {
            RemoteCall running = call;
            if (running == null) {
                requireUnchanged();
                running = connection.begin(
                        FrameKind.TURN,
                        (worker, blobs) -> new Requests.Turn(state(worker, blobs), WireMessage.of(message, blobs)),
                        cancellation);
                call = running;
            }
            while (true) {
                Frame frame = running.next();
                switch (frame.kind()) {
                    case QUESTION ->
                        running.answer(
                                new RemoteTools(options).answer(Wire.read(frame.body(), Requests.Question.class)));
                    case TEXT -> {
                        return new ChatEvent.Text(TextFrame.read(frame.body()).text());
                    }
                    case CHAT_EVENT -> {
                        return Wire.read(frame.body(), Requests.WireChatEvent.class)
                                .event();
                    }
                    default -> {
                        finished = true;
                        return replied(running, frame);
                    }
                }
            }
        }

        private ChatEvent replied(RemoteCall ended, Frame frame) {
            requireUnchanged();
            ChatReply reply = Wire.read(frame.body(), Requests.Reply.class).reply(frame.blobs());
            asked.addAll(reply.added());
            become(asked, transcript.size());
            isInStep(ended.worker());
            return new ChatEvent.Replied(reply);
        }

        private void requireUnchanged() {
            if (revision != before) {
                throw new IllegalStateException("the conversation was changed while a turn was being answered");
            }
        }

        private void close() {
            if (call != null) {
                call.close();
            }
        }
    }
}
