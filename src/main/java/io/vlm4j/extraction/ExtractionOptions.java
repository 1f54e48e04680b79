package io.vlm4j.extraction;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.RenderOptions;
import java.util.Objects;

/// How answers are extracted.
///
/// @param generation     how they are generated. Without a grammar: the constraint is what is asked for
/// @param rendering      how the template is applied; without schema, grammar, tools
/// @param schemaInPrompt whether the schema is told to the model, behind the question. The model is held to it either
///     way; told of it, it knows the names that are to come and their descriptions. llama-server does not tell it, and
///     the prompt is longer by the schema
public record ExtractionOptions(GenerationOptions generation, RenderOptions rendering, boolean schemaInPrompt) {
    /// @throws IllegalArgumentException when a grammar, a schema or tools are set
    public ExtractionOptions {
        Objects.requireNonNull(generation, "generation");
        if (generation.sampling().grammar().isPresent()
                || rendering.grammar().isPresent()
                || rendering.jsonSchema().isPresent()
                || !rendering.tools().isEmpty()) {
            throw new IllegalArgumentException("a typed answer has its own constraint: no grammar, schema or tools");
        }
    }

    /// Greedy, the schema not told.
    public static ExtractionOptions defaults() {
        return new ExtractionOptions(GenerationOptions.defaults(), RenderOptions.defaults(), false);
    }

    public ExtractionOptions withGeneration(GenerationOptions value) {
        return new ExtractionOptions(value, rendering, schemaInPrompt);
    }

    public ExtractionOptions withRendering(RenderOptions value) {
        return new ExtractionOptions(generation, value, schemaInPrompt);
    }

    public ExtractionOptions withSchemaInPrompt(boolean value) {
        return new ExtractionOptions(generation, rendering, value);
    }
}
