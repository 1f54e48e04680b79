package io.vlm4j.sampling;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.shim.ChatTemplates;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.schema.JsonSchema;

/// A GBNF grammar that generated text must follow.
///
/// @param source the rules
/// @param root   name of the rule that the text starts with
public record Grammar(String source, String root) {
    public Grammar {
        if (source.isBlank()) {
            throw new IllegalArgumentException("the grammar is empty");
        }
        if (root.isBlank()) {
            throw new IllegalArgumentException("the grammar's root rule has no name");
        }
    }

    /// A grammar whose first rule is `root`.
    public static Grammar of(String source) {
        return new Grammar(source, "root");
    }

    /// The grammar of all JSON texts that a JSON schema allows.
    ///
    /// @throws Vlm4jException.InvalidGrammar when the schema is malformed or cannot be expressed
    public static Grammar ofJsonSchema(String schema) {
        return ofJsonSchema(JsonSchema.parse(schema));
    }

    /// The grammar of JSON texts that a schema allows; all of them follow it, but for what the schema says that no
    /// grammar
    /// can enforce ([JsonSchema#unenforced]).
    ///
    /// @throws Vlm4jException.InvalidGrammar when llama.cpp refuses what was found usable
    public static Grammar ofJsonSchema(JsonSchema schema) {
        NativeRuntime.load();
        return of(ChatTemplates.grammarOfSchema(schema.grammarJson()));
    }
}
