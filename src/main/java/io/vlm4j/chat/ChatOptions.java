package io.vlm4j.chat;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.Adapters;
import io.vlm4j.prompt.RenderOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a conversation is held.
///
/// @param generation    how answers are generated
/// @param rendering     how the template is applied: thinking, reasoning, tool choice. Its tools are those of `tools`
/// @param tools         what the model may call
/// @param gate          asked before each call
/// @param maxToolRounds after so many rounds of calls in one turn the model must answer without tools
/// @param overflow      what happens when the context is full
public record ChatOptions(
        GenerationOptions generation,
        RenderOptions rendering,
        List<Tool> tools,
        ToolGate gate,
        int maxToolRounds,
        OverflowPolicy overflow) {
    public static final int DEFAULT_TOOL_ROUNDS = 8;

    public ChatOptions {
        Objects.requireNonNull(generation, "generation");
        Objects.requireNonNull(rendering, "rendering");
        Objects.requireNonNull(gate, "gate");
        Objects.requireNonNull(overflow, "overflow");
        tools = List.copyOf(tools);
        Set<String> names = new HashSet<>();
        for (Tool tool : tools) {
            if (!names.add(tool.name())) {
                throw new IllegalArgumentException("two tools are named '" + tool.name() + "'");
            }
        }
        if (maxToolRounds < 0 || maxToolRounds > 1000) {
            throw new IllegalArgumentException("maxToolRounds must be 0 to 1000, not " + maxToolRounds);
        }
    }

    /// The adapters that answers are generated with: those of `generation`.
    public Adapters adapters() {
        return generation.adapters();
    }

    public static ChatOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.generation = generation;
        builder.rendering = rendering;
        builder.tools = tools;
        builder.gate = gate;
        builder.maxToolRounds = maxToolRounds;
        builder.overflow = overflow;
        return builder;
    }

    public static final class Builder {
        private GenerationOptions generation =
                GenerationOptions.builder().trimLeadingSpace(true).build();
        private RenderOptions rendering = RenderOptions.defaults();
        private List<Tool> tools = List.of();
        private ToolGate gate = ToolGate.OPEN;
        private int maxToolRounds = DEFAULT_TOOL_ROUNDS;
        private OverflowPolicy overflow = OverflowPolicy.FAIL;
        private @Nullable Adapters adapters;

        private Builder() {}

        public Builder generation(GenerationOptions value) {
            generation = value;
            return this;
        }

        public Builder rendering(RenderOptions value) {
            rendering = value;
            return this;
        }

        public Builder tools(List<Tool> value) {
            tools = List.copyOf(value);
            return this;
        }

        public Builder gate(ToolGate value) {
            gate = value;
            return this;
        }

        public Builder maxToolRounds(int value) {
            maxToolRounds = value;
            return this;
        }

        public Builder overflow(OverflowPolicy value) {
            overflow = value;
            return this;
        }

        /// The adapters of this conversation, instead of those of [#generation]. Conversations over one context may
        /// have different ones: the context switches at each turn, and what it remembers of the other is forgotten.
        public Builder adapters(Adapters value) {
            adapters = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range or two tools have one name
        public ChatOptions build() {
            GenerationOptions adapted = adapters == null
                    ? generation
                    : generation.toBuilder().adapters(adapters).build();
            return new ChatOptions(adapted, rendering, tools, gate, maxToolRounds, overflow);
        }
    }
}
