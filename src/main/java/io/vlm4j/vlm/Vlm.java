package io.vlm4j.vlm;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.evaluation.Evaluation;
import io.vlm4j.evaluation.EvaluationOptions;
import io.vlm4j.evaluation.ModelComparison;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A vision-language model that answers questions about pictures, and sounds where it can hear: model, projector, chat
/// template and one context.
///
/// {@snippet class="io.vlm4j.snippets.VlmSnippets" region="ask"}
///
/// - **Owner**: whoever opened it.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException]. For several at a
///   time make contexts and generators of one [Model] and [Projector], which threads may share.
/// - **Close**: frees everything it opened, once; later calls do nothing, use after it is an
///   [IllegalStateException].
public final class Vlm implements VisionLanguageModel, AutoCloseable {
    private final Model model;
    private final @Nullable Projector projector;
    private final ChatTemplate template;
    private final InferenceContext context;
    private final Generator generator;
    private volatile boolean closed;

    private Vlm(Model model, @Nullable Projector projector, ChatTemplate template, InferenceContext context) {
        this.model = model;
        this.projector = projector;
        this.template = template;
        this.context = context;
        this.generator = new Generator(context, projector);
    }

    /// Opens a vision-language model with default options.
    ///
    /// @param model  GGUF file of the text model
    /// @param mmproj GGUF file of the projector that belongs to it
    public static Vlm open(Path model, Path mmproj) {
        return open(model, mmproj, VlmOptions.defaults());
    }

    /// Opens a vision-language model that [sees by itself][Model#seesByItself()] (Fuyu, KOSMOS-2), with default
    /// options.
    public static Vlm open(Path model) {
        return open(model, VlmOptions.defaults());
    }

    /// Opens a vision-language model that [sees by itself][Model#seesByItself()]: its encoder is in its own file.
    ///
    /// @throws Vlm4jException.NativeLoad when the native libraries cannot be loaded
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, or damaged
    /// @throws Vlm4jException.ModelLoad when it cannot be used, does not see by itself, or memory is short
    public static Vlm open(Path model, VlmOptions options) {
        return assemble(model, Optional.of(model), options);
    }

    /// @throws Vlm4jException.NativeLoad when the native libraries cannot be loaded
    /// @throws Vlm4jException.InvalidFile when a file is missing, not a GGUF file, or damaged
    /// @throws Vlm4jException.ModelLoad when a file cannot be used, the two do not belong together, or memory
    ///     is short
    public static Vlm open(Path model, Path mmproj, VlmOptions options) {
        return assemble(model, Optional.of(Objects.requireNonNull(mmproj, "mmproj")), options);
    }

    /// Opens a text model alone: it completes and chats, but cannot see or hear.
    public static Vlm openText(Path model, VlmOptions options) {
        return assemble(model, Optional.empty(), options);
    }

    private static Vlm assemble(Path path, Optional<Path> mmproj, VlmOptions options) {
        Objects.requireNonNull(path, "model");
        Objects.requireNonNull(options, "options");
        Model model = Model.open(path, options.model());
        try {
            Projector projector = mmproj.map(file -> model.openProjector(file, options.projector()))
                    .orElse(null);
            ChatTemplate template = ChatTemplate.of(model);
            return new Vlm(model, projector, template, InferenceContext.create(model, options.context()));
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    @Override
    public Generation ask(
            List<ChatMessage> conversation,
            GenerationOptions options,
            GenerationListener listener,
            Cancellation cancellation) {
        return generator.generate(render(conversation), options, listener, cancellation);
    }

    @Override
    public GenerationStream stream(
            List<ChatMessage> conversation, GenerationOptions options, Cancellation cancellation) {
        return generator.stream(render(conversation), options, cancellation);
    }

    @Override
    public Generation complete(
            Prompt prompt, GenerationOptions options, GenerationListener listener, Cancellation cancellation) {
        return generator.generate(prompt, options, listener, cancellation);
    }

    @Override
    public Chat chat(ChatOptions options) {
        return chat(options, List.of());
    }

    @Override
    public Chat chat(ChatOptions options, List<ChatMessage> transcript) {
        return Chat.of(generator, template, options, transcript);
    }

    @Override
    public Chat loadChat(Path file, ChatOptions options) {
        return Chat.load(file, generator, template, options);
    }

    @Override
    public Extractor extractor(ExtractionOptions options) {
        return Extractor.of(generator, template, options);
    }

    /// For measuring how well the model answers questions.
    ///
    /// {@snippet class="io.vlm4j.snippets.EvaluationSnippets" region="evaluate"}
    public Evaluation evaluation(EvaluationOptions options) {
        return Evaluation.of(generator, template, options);
    }

    /// For measuring how far the model is from another with the same vocabulary, such as the one that it was quantized
    /// from. Both are asked with the other's template.
    ///
    /// @throws IllegalArgumentException when the vocabularies differ
    public ModelComparison comparison(Vlm reference) {
        return ModelComparison.of(reference.generator, generator, reference.template);
    }

    private Prompt render(List<ChatMessage> conversation) {
        if (closed) {
            throw new IllegalStateException("the vision-language model '" + model.path() + "' is closed");
        }
        return template.render(conversation);
    }

    /// The options that [#ask(io.vlm4j.media.Media, String)] uses, to be changed: greedy, without leading white space.
    public static GenerationOptions.Builder options() {
        return GenerationOptions.builder().trimLeadingSpace(true);
    }

    /// Loads a LoRA adapter for the model, to be named in the options of generations and conversations. It is closed
    /// with the model at the latest.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, damaged, or contradicts itself
    /// @throws Vlm4jException.ModelLoad when it is no LoRA adapter, or made for another model
    public LoraAdapter openAdapter(Path path) {
        return model.openAdapter(path);
    }

    public Model model() {
        return model;
    }

    public Optional<Projector> projector() {
        return Optional.ofNullable(projector);
    }

    public ChatTemplate template() {
        return template;
    }

    public InferenceContext context() {
        return context;
    }

    /// For what this façade does not offer: other prompts, listeners, cancellation.
    public Generator generator() {
        return generator;
    }

    @Override
    public void close() {
        model.close();
        closed = true;
    }
}
