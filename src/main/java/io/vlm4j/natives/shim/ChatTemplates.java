package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// llama.cpp's Jinja engine over a model's chat templates, and its JSON-schema-to-GBNF compiler.
/// A templates object is immutable once made and may be used from several threads.
public final class ChatTemplates {
    private ChatTemplates() {}

    /// Parses the model's own template, or `source` when it is given; ChatML when there is neither.
    ///
    /// @throws Vlm4jException.InvalidTemplate when the source does not parse
    public static NativeHandle create(MemorySegment model, @Nullable String source) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = source == null ? MemorySegment.NULL : arena.allocateFrom(source);
            return create(model, text, MemorySegment.NULL, MemorySegment.NULL);
        }
    }

    /// Parses a template without a model, which sees these texts as `bos_token` and `eos_token`.
    ///
    /// @throws Vlm4jException.InvalidTemplate when the source does not parse
    public static NativeHandle create(String source, String bos, String eos) {
        if (source.isEmpty()) {
            throw new Vlm4jException.InvalidTemplate("the chat template is empty");
        }
        try (Arena arena = Arena.ofConfined()) {
            return create(
                    MemorySegment.NULL, arena.allocateFrom(source), arena.allocateFrom(bos), arena.allocateFrom(eos));
        }
    }

    private static NativeHandle create(
            MemorySegment model, MemorySegment source, MemorySegment bos, MemorySegment eos) {
        long mark = NativeLog.mark();
        MemorySegment templates = ShimH.vlm4j_chat_templates_create(model, source, bos, eos);
        if (templates.address() == 0) {
            throw Shim.failure(Vlm4jException.InvalidTemplate::new, "the chat template does not parse", mark);
        }
        return new NativeHandle("chat template", templates, ShimH::vlm4j_chat_templates_free);
    }

    public static String source(MemorySegment templates) {
        return NativeText.of(ShimH.vlm4j_chat_templates_source(templates));
    }

    /// Whether the source came from the model or the caller; `false` for the ChatML default.
    public static boolean isExplicit(MemorySegment templates) {
        return ShimH.vlm4j_chat_templates_explicit(templates);
    }

    /// A capability by llama.cpp's name; `false` for one that it does not know.
    public static boolean supports(MemorySegment templates, String capability) {
        try (Arena arena = Arena.ofConfined()) {
            return ShimH.vlm4j_chat_templates_supports(templates, arena.allocateFrom(capability));
        }
    }

    /// Renders a request (JSON, see `native/vlm4j.h`); what can be done with the result is in [ChatPrompts].
    ///
    /// @throws Vlm4jException.InvalidTemplate when the template refuses the conversation
    public static NativeHandle apply(MemorySegment templates, String requestJson) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment prompt = ShimH.vlm4j_chat_apply(templates, arena.allocateFrom(requestJson));
            if (prompt.address() == 0) {
                throw Shim.failure(
                        Vlm4jException.InvalidTemplate::new, "the chat template refuses the conversation", mark);
            }
            return new NativeHandle("rendered conversation", prompt, ShimH::vlm4j_chat_prompt_free);
        }
    }

    /// The GBNF grammar of a JSON schema.
    ///
    /// @throws Vlm4jException.InvalidGrammar when the schema is malformed or uses what cannot be expressed
    public static String grammarOfSchema(String schemaJson) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment grammar = ShimH.vlm4j_json_schema_to_grammar(arena.allocateFrom(schemaJson));
            if (grammar.address() == 0) {
                throw Shim.failure(Vlm4jException.InvalidGrammar::new, "the JSON schema cannot be used", mark);
            }
            return Shim.take(grammar);
        }
    }
}
