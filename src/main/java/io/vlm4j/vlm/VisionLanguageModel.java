package io.vlm4j.vlm;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.extraction.Choice;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TextAnswer;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.media.Media;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.schema.JsonSchema;
import java.nio.file.Path;
import java.util.List;

/// What can be asked of a vision-language model, wherever it runs: a [Vlm] in this process, or an isolated one in a
/// process of its own. Implement it to test without a model.
///
/// - **Owner**: whoever opened it, who closes it as what it is.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException].
public interface VisionLanguageModel {
    /// Answers a question about a picture or a sound.
    ///
    /// {@snippet class="io.vlm4j.snippets.AudioSnippets" region="ask"}
    default Generation ask(Media media, String question) {
        return ask(List.of(ChatMessage.user(question, media)), Vlm.options().build());
    }

    /// Answers a question about a picture or a sound. The options may be made with [Vlm#options()].
    default Generation ask(Media media, String question, GenerationOptions options) {
        return ask(List.of(ChatMessage.user(question, media)), options);
    }

    /// Answers a question about nothing but itself.
    default Generation ask(String question) {
        return ask(List.of(ChatMessage.user(question)), Vlm.options().build());
    }

    /// Answers a conversation. The options may be made with [Vlm#options()].
    ///
    /// @throws Vlm4jException.ContextFull when the conversation does not fit into the context
    /// @throws Vlm4jException.InvalidMedia when a picture or a sound cannot be used
    /// @throws Vlm4jException.InvalidTemplate when the model's template refuses the conversation
    default Generation ask(List<ChatMessage> conversation, GenerationOptions options) {
        return ask(conversation, options, GenerationListener.NONE, new Cancellation());
    }

    /// As [#ask(List, GenerationOptions)], telling a listener on the way; may be cancelled from any thread.
    Generation ask(
            List<ChatMessage> conversation,
            GenerationOptions options,
            GenerationListener listener,
            Cancellation cancellation);

    /// An answer that is written as it is read.
    default GenerationStream stream(Media media, String question) {
        return stream(List.of(ChatMessage.user(question, media)), Vlm.options().build());
    }

    default GenerationStream stream(List<ChatMessage> conversation, GenerationOptions options) {
        return stream(conversation, options, new Cancellation());
    }

    /// As [#stream(List, GenerationOptions)]; may be cancelled from any thread.
    ///
    /// {@snippet class="io.vlm4j.snippets.VlmSnippets" region="stream"}
    GenerationStream stream(List<ChatMessage> conversation, GenerationOptions options, Cancellation cancellation);

    /// Continues a prompt as it stands, without a chat template.
    default Generation complete(Prompt prompt, GenerationOptions options) {
        return complete(prompt, options, GenerationListener.NONE, new Cancellation());
    }

    /// As [#complete(Prompt, GenerationOptions)], telling a listener on the way; may be cancelled from any thread.
    Generation complete(
            Prompt prompt, GenerationOptions options, GenerationListener listener, Cancellation cancellation);

    /// A conversation that is held with this model, with its context and template.
    default Conversation chat(ChatOptions options) {
        return chat(options, List.of());
    }

    /// A conversation that goes on from a transcript.
    Conversation chat(ChatOptions options, List<ChatMessage> transcript);

    /// A conversation that was [saved][Conversation#save], with what was computed of it.
    ///
    /// @throws Vlm4jException.InvalidFile when it is damaged, or was held with another model
    Conversation loadChat(Path file, ChatOptions options);

    /// Answers a question about a picture as a value of a record, a sealed interface of records, an enum, and what else
    /// [JsonSchema#of] knows.
    ///
    /// {@snippet class="io.vlm4j.snippets.ExtractionSnippets" region="extract"}
    ///
    /// @throws IllegalArgumentException for a type without a schema
    /// @throws Vlm4jException.InvalidAnswer when the tokens ran out before the answer was whole
    default <T> TypedAnswer<T> ask(Media medium, String question, Class<T> type) {
        return extractor(ExtractionOptions.defaults())
                .ask(List.of(ChatMessage.user(question, medium)), type, new Cancellation());
    }

    /// Answers a question about a picture with JSON that follows a schema.
    ///
    /// @throws Vlm4jException.InvalidAnswer when the tokens ran out before the answer was whole
    default TypedAnswer<String> ask(Media medium, String question, JsonSchema schema) {
        return extractor(ExtractionOptions.defaults())
                .ask(List.of(ChatMessage.user(question, medium)), schema, new Cancellation());
    }

    /// Answers a question about a picture with one of these texts.
    ///
    /// @throws IllegalArgumentException when there are no choices, or two that are equal
    default Choice choose(Media medium, String question, List<String> choices) {
        return extractor(ExtractionOptions.defaults())
                .choose(List.of(ChatMessage.user(question, medium)), choices, new Cancellation());
    }

    /// Answers a question about a picture with a text that a regular expression matches, see
    /// [io.vlm4j.sampling.Grammar#ofRegex].
    ///
    /// @throws Vlm4jException.InvalidGrammar when the expression cannot be used
    /// @throws Vlm4jException.InvalidAnswer when the tokens ran out before the answer was whole
    default TextAnswer match(Media medium, String question, String regex) {
        return extractor(ExtractionOptions.defaults())
                .match(List.of(ChatMessage.user(question, medium)), regex, new Cancellation());
    }

    /// For typed answers with other options, to conversations, or that can be cancelled.
    Extractor extractor(ExtractionOptions options);
}
