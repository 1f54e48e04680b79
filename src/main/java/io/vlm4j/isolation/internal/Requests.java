package io.vlm4j.isolation.internal;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.OverflowPolicy;
import io.vlm4j.chat.Tool;
import io.vlm4j.chat.ToolGate;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.isolation.AdapterFiles;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.vlm.VlmOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What bodies of frames hold.
final class Requests {
    private Requests() {}

    record Open(String model, Optional<String> mmproj, VlmOptions options) {}

    record Adapt(List<Lora> loras, Map<Integer, float[]> directions) {
        static Adapt of(AdapterFiles adapters) {
            List<Lora> loras = new ArrayList<>();
            for (AdapterFiles.Scaled lora : adapters.loras()) {
                loras.add(new Lora(lora.file().toAbsolutePath().toString(), lora.scale()));
            }
            Map<Integer, float[]> directions = new TreeMap<>();
            adapters.controlVector()
                    .ifPresent(
                            vector -> vector.layers().forEach(layer -> directions.put(layer, vector.direction(layer))));
            return new Adapt(loras, directions);
        }
    }

    record Lora(String file, float scale) {}

    /// @param events whether anybody wants to know what happens on the way
    record Ask(List<WireMessage> conversation, GenerationOptions options, boolean events) {}

    record Complete(WireMessage.WirePrompt prompt, GenerationOptions options, boolean events) {}

    /// One of `schema`, `choices` and `regex`.
    record Extract(
            List<WireMessage> conversation,
            ExtractionOptions options,
            Optional<String> schema,
            List<String> choices,
            Optional<String> regex) {}

    /// A conversation, as the difference to what the worker has of it.
    ///
    /// @param chat    its number
    /// @param keep    so many messages are as the worker has them
    /// @param then    those behind them
    /// @param options present when the worker has nothing of it
    /// @param forget  conversations that the worker need not keep
    record ChatState(
            long chat, int keep, List<WireMessage> then, Optional<WireChatOptions> options, List<Long> forget) {}

    record Turn(ChatState state, WireMessage message) {}

    record Save(ChatState state, String file) {}

    record Load(ChatState state, String file) {}

    /// [ChatOptions] without what is code.
    record WireChatOptions(
            GenerationOptions generation,
            RenderOptions rendering,
            List<ToolDefinition> tools,
            boolean gated,
            int maxToolRounds,
            OverflowPolicy overflow) {
        static WireChatOptions of(ChatOptions options) {
            return new WireChatOptions(
                    options.generation(),
                    options.rendering(),
                    options.tools().stream().map(Tool::definition).toList(),
                    !options.gate().equals(ToolGate.OPEN),
                    options.maxToolRounds(),
                    options.overflow());
        }
    }

    /// How far a file is loaded.
    record Progress(boolean projector, float fraction) {}

    /// One of them.
    record Event(Optional<GenerationEvent.MediaEncoded> encoded, Optional<GenerationEvent.PromptEvaluated> evaluated) {
        static Optional<Event> of(GenerationEvent event) {
            return switch (event) {
                case GenerationEvent.MediaEncoded encoded ->
                    Optional.of(new Event(Optional.of(encoded), Optional.empty()));
                case GenerationEvent.PromptEvaluated evaluated ->
                    Optional.of(new Event(Optional.empty(), Optional.of(evaluated)));
                case GenerationEvent.Text text -> Optional.empty();
                case GenerationEvent.Finished finished -> Optional.empty();
            };
        }

        GenerationEvent event() {
            return encoded.isPresent() ? encoded.get() : evaluated.orElseThrow();
        }
    }

    /// One of them.
    record WireChatEvent(Optional<Event> progress, Optional<String> reasoning, Optional<ChatEvent.Called> called) {
        ChatEvent event() {
            if (progress.isPresent()) {
                return new ChatEvent.Progress(progress.get().event());
            }
            return reasoning.isPresent() ? new ChatEvent.Reasoning(reasoning.get()) : called.orElseThrow();
        }
    }

    /// @param gate whether the call may be made is asked, not what it finds
    record Question(boolean gate, ToolCall call) {}

    /// @param failed whether `text` is the message of an exception
    record Answer(boolean permitted, boolean failed, String text) {}

    record Reply(WireMessage message, List<WireMessage> added, Generation generation, List<Generation> rounds) {
        static Reply of(ChatReply reply, List<byte[]> blobs) {
            return new Reply(
                    WireMessage.of(reply.message(), blobs),
                    WireMessage.all(reply.added(), blobs),
                    reply.generation(),
                    reply.rounds());
        }

        ChatReply reply(List<byte[]> blobs) {
            return new ChatReply(message.message(blobs), WireMessage.messages(added, blobs), generation, rounds);
        }
    }

    record Transcript(List<WireMessage> messages) {}

    record Typed(String json, Map<String, Double> confidence, Generation generation) {}
}
