package io.vlm4j.snippets;

import org.junit.jupiter.api.Nested;

/// Runs the examples that the documentation shows.
class SnippetsTest {
    @Nested
    class OfTraining extends TrainingSnippets {}

    @Nested
    class OfVlm extends VlmSnippets {}

    @Nested
    class OfIsolation extends IsolationSnippets {}

    @Nested
    class OfChat extends ChatSnippets {}

    @Nested
    class OfAdapters extends AdapterSnippets {}

    @Nested
    class OfEmbeddingCache extends EmbeddingCacheSnippets {}

    @Nested
    class OfAttention extends AttentionSnippets {}

    @Nested
    class OfConversion extends ConversionSnippets {}

    @Nested
    class OfEvaluation extends EvaluationSnippets {}

    @Nested
    class OfExtraction extends ExtractionSnippets {}

    @Nested
    class OfGeneration extends GenerationSnippets {}

    @Nested
    class OfForward extends ForwardSnippets {}

    @Nested
    class OfGraph extends GraphSnippets {}

    @Nested
    class OfGrounding extends GroundingSnippets {}

    @Nested
    class OfPrompt extends PromptSnippets {}

    @Nested
    class OfProcessing extends ProcessingSnippets {}

    @Nested
    class OfAudio extends AudioSnippets {}

    @Nested
    class OfSchema extends SchemaSnippets {}

    @Nested
    class OfScheduling extends SchedulingSnippets {}

    @Nested
    class OfHub extends HubSnippets {}

    @Nested
    class OfServer extends ServerSnippets {}
}
