package io.vlm4j.isolation.internal;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatStream;
import io.vlm4j.chat.Tool;
import io.vlm4j.chat.ToolGate;
import io.vlm4j.inference.Adapters;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Conversations as the worker has them. Which it has, and how far, the application knows and says.
final class WorkerChats {
    private final Map<Long, Chat> chats = new HashMap<>();
    private @Nullable WorkerCall current; // whose tools are called
    private Adapters adapters = Adapters.none();

    /// Has conversations go on with other adapters.
    void use(Adapters wanted) {
        adapters = wanted;
        chats.replaceAll((number, chat) ->
                chat.with(chat.options().toBuilder().adapters(wanted).build()));
    }

    void turn(Vlm vlm, WorkerCall call) {
        Requests.Turn request = Wire.read(call.request.body(), Requests.Turn.class);
        Chat chat = chat(vlm, request.state(), call.request.blobs());
        current = call;
        try (ChatStream stream = chat.stream(request.message().message(call.request.blobs()), call.cancellation)) {
            while (true) {
                switch (stream.next()) {
                    case ChatEvent.Text text -> call.event(FrameKind.TEXT, TextFrame.write(text.text(), 0, List.of()));
                    case ChatEvent.Reasoning thought -> send(call, Optional.empty(), Optional.of(thought.text()), null);
                    case ChatEvent.Called called -> send(call, Optional.empty(), Optional.empty(), called);
                    case ChatEvent.Progress progress ->
                        send(call, Requests.Event.of(progress.event()), Optional.empty(), null);
                    case ChatEvent.Replied replied -> {
                        List<byte[]> blobs = new ArrayList<>();
                        Requests.Reply reply = Requests.Reply.of(replied.reply(), blobs);
                        call.send(FrameKind.RESULT, Wire.toBytes(reply), blobs);
                        return;
                    }
                }
            }
        } finally {
            current = null;
        }
    }

    private static void send(
            WorkerCall call,
            Optional<Requests.Event> progress,
            Optional<String> reasoning,
            ChatEvent.@Nullable Called called) {
        Requests.WireChatEvent event = new Requests.WireChatEvent(progress, reasoning, Optional.ofNullable(called));
        call.event(FrameKind.CHAT_EVENT, Wire.toBytes(event));
    }

    void save(Vlm vlm, WorkerCall call) {
        Requests.Save request = Wire.read(call.request.body(), Requests.Save.class);
        chat(vlm, request.state(), call.request.blobs()).save(Path.of(request.file()));
        call.send(FrameKind.RESULT, new byte[0], List.of());
    }

    void load(Vlm vlm, WorkerCall call) {
        Requests.Load request = Wire.read(call.request.body(), Requests.Load.class);
        request.state().forget().forEach(chats::remove);
        Chat chat = vlm.loadChat(
                Path.of(request.file()), options(request.state().options().orElseThrow()));
        chats.put(request.state().chat(), chat);
        List<byte[]> blobs = new ArrayList<>();
        Requests.Transcript transcript = new Requests.Transcript(WireMessage.all(chat.transcript(), blobs));
        call.send(FrameKind.RESULT, Wire.toBytes(transcript), blobs);
    }

    private Chat chat(Vlm vlm, Requests.ChatState state, List<byte[]> blobs) {
        state.forget().forEach(chats::remove);
        List<ChatMessage> then = WireMessage.messages(state.then(), blobs);
        if (state.options().isPresent()) {
            Chat created = vlm.chat(options(state.options().get()), then);
            chats.put(state.chat(), created);
            return created;
        }
        Chat chat = chats.get(state.chat());
        if (chat == null) {
            throw new IllegalStateException("there is no conversation " + state.chat());
        }
        if (state.keep() < chat.transcript().size()) {
            chat.rewind(state.keep());
        }
        then.forEach(chat::add);
        return chat;
    }

    private ChatOptions options(Requests.WireChatOptions options) {
        List<Tool> tools = options.tools().stream().map(this::tool).toList();
        return new ChatOptions(
                options.generation().toBuilder().adapters(adapters).build(),
                options.rendering(),
                tools,
                options.gated() ? this::permits : ToolGate.OPEN,
                options.maxToolRounds(),
                options.overflow());
    }

    private Tool tool(ToolDefinition definition) {
        return new Tool(definition, arguments -> {
            Requests.Answer answer =
                    call().ask(new Requests.Question(false, new ToolCall("", definition.name(), arguments)));
            if (answer.failed()) {
                throw new IllegalStateException(answer.text());
            }
            return answer.text();
        });
    }

    private boolean permits(ToolCall asked) {
        try {
            return call().ask(new Requests.Question(true, asked)).permitted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private WorkerCall call() {
        WorkerCall call = current;
        if (call == null) {
            throw new IllegalStateException("no turn is being answered");
        }
        return call;
    }
}
