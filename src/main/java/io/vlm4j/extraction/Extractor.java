package io.vlm4j.extraction;

import io.vlm4j.Vlm4jException;
import io.vlm4j.extraction.internal.ModelExtractor;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generator;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.schema.JsonSchema;
import java.util.List;

/// Asks for answers of a given form and reads them.
///
/// {@snippet class="io.vlm4j.snippets.ExtractionSnippets" region="extract"}
///
/// The model cannot write anything else while it has tokens left; how many are allowed is for
/// [io.vlm4j.generation.GenerationOptions#maxTokens()] to say. An answer that was cut is a
/// [Vlm4jException.InvalidAnswer] that holds what
/// there was of it.
///
/// - **Owner**: none; it borrows generator and template, or the model that it was asked of, and there is nothing to
///   close.
/// - **Threads**: one thread at a time, together with all that uses the same context. [Cancellation#cancel()] is for
///   any thread.
public interface Extractor {
    /// Asks a model in this process.
    static Extractor of(Generator generator, ChatTemplate template, ExtractionOptions options) {
        return new ModelExtractor(generator, template, options);
    }

    ExtractionOptions options();

    /// The answer to a conversation as a value of a Java type: a record, a sealed interface of records, an enum, and
    /// what else [JsonSchema#of] knows.
    ///
    /// @throws IllegalArgumentException for a type without a schema
    /// @throws Vlm4jException.InvalidAnswer when it was cut, or says what the schema allows and the type refuses
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.ContextFull when the conversation does not fit into the context
    <T> TypedAnswer<T> ask(List<ChatMessage> conversation, Class<T> type, Cancellation cancellation);

    /// The answer to a conversation as JSON of a schema: the value is the text itself.
    ///
    /// @throws Vlm4jException.InvalidAnswer when it was cut, or says what only [JsonSchema#unenforced] rules out
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.ContextFull when the conversation does not fit into the context
    TypedAnswer<String> ask(List<ChatMessage> conversation, JsonSchema schema, Cancellation cancellation);

    /// Which of several texts the answer to a conversation is.
    ///
    /// @throws IllegalArgumentException when there are no choices, too many (see
    /// [io.vlm4j.sampling.Grammar#ofChoices]), or two that are
    ///     equal
    /// @throws Vlm4jException.InvalidAnswer when it was cut
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.ContextFull when the conversation does not fit into the context
    Choice choose(List<ChatMessage> conversation, List<String> choices, Cancellation cancellation);

    /// The answer to a conversation as a text that a regular expression matches, see
    /// [io.vlm4j.sampling.Grammar#ofRegex].
    ///
    /// @throws Vlm4jException.InvalidGrammar when the expression cannot be used
    /// @throws Vlm4jException.InvalidAnswer when it was cut
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.ContextFull when the conversation does not fit into the context
    TextAnswer match(List<ChatMessage> conversation, String regex, Cancellation cancellation);
}
