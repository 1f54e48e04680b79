package io.vlm4j.torture.target;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatStream;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.inference.Embedder;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One caller's calls.
final class RandomCalls {
    private static final ContextOptions CONTEXT =
            ContextOptions.builder().contextLength(256).batchSize(32).threads(1).build();
    private static final List<Reuse> REUSES = List.of(Reuse.values());
    private static final Prompt TEXT = Prompt.builder().text("What is it?").build();

    private final SeedFiles seeds;
    private final Things things;
    private final SplittableRandom random;

    RandomCalls(SeedFiles seeds, Things things, SplittableRandom random) {
        this.seeds = seeds;
        this.things = things;
        this.random = random;
    }

    void step() throws Exception {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> open();
            case 4 -> close();
            case 5 -> fromElsewhere();
            case 6, 7 -> more();
            default -> use();
        }
    }

    private void open() {
        switch (random.nextInt(9)) {
            case 0 -> {
                if (things.hasRoomFor(Model.class)) {
                    things.add(Model.open(seeds.tinyModel(), modelOptions()));
                }
            }
            case 1 ->
                with(
                        Model.class,
                        Projector.class,
                        model -> model.openProjector(
                                seeds.tinyProjector(),
                                ProjectorOptions.builder().threads(1).build()));
            case 2, 3 -> with(Model.class, InferenceContext.class, model -> InferenceContext.create(model, CONTEXT));
            case 4 ->
                with(
                        Model.class,
                        Sampler.class,
                        model -> Sampler.create(model, RandomSettings.sampling(model, random)));
            case 5 -> with(Model.class, ChatTemplate.class, ChatTemplate::of);
            case 6 -> with(Model.class, LoraAdapter.class, model -> model.openAdapter(seeds.tinyLora()));
            case 7 -> with(Model.class, Embedder.class, model -> Embedder.create(model, CONTEXT));
            default ->
                with(Model.class, TokenizedPrompt.class, model -> TokenizedPrompt.of(prompt(), model, projector()));
        }
    }

    private ModelOptions modelOptions() {
        boolean fails = random.nextInt(8) == 0;
        return ModelOptions.builder()
                .listener(fraction -> {
                    if (fails) {
                        throw new CallTarget.Planted();
                    }
                    return true;
                })
                .build();
    }

    private interface Opening<P, T> {
        T of(P parent);
    }

    private <P extends AutoCloseable, T extends AutoCloseable> void with(
            Class<P> parent, Class<T> type, Opening<P, T> opening) {
        if (things.hasRoomFor(type)) {
            things.any(parent, random).ifPresent(found -> things.add(opening.of(found)));
        }
    }

    private @Nullable Projector projector() {
        return random.nextInt(4) == 0
                ? null
                : things.any(Projector.class, random).orElse(null);
    }

    private Prompt prompt() {
        if (random.nextBoolean()) {
            return TEXT;
        }
        int size = 1 + random.nextInt(40);
        return Prompt.builder()
                .text("Look: ")
                .image(ProjectorTarget.picture(size, size))
                .text(" What?")
                .build();
    }

    private GenerationOptions generation() {
        GenerationOptions.Builder options = GenerationOptions.builder()
                .maxTokens(1 + random.nextInt(6))
                .ignoreEnd(true)
                .shiftWhenFull(random.nextInt(8) == 0)
                .reuse(REUSES.get(random.nextInt(REUSES.size())));
        if (random.nextInt(4) == 0) {
            things.any(LoraAdapter.class, random).ifPresent(lora -> options.adapters(Adapters.of(lora)));
        }
        if (random.nextInt(8) == 0) {
            options.sampling(SamplingOptions.builder()
                    .custom(candidates -> {
                        throw new CallTarget.Planted();
                    })
                    .build());
        }
        return options.build();
    }

    private void close() throws Exception {
        var any = things.any(random);
        if (any.isPresent()) {
            any.get().close();
            if (random.nextBoolean()) {
                things.forget(any.get()); // otherwise it is used after closing
            }
        }
    }

    /// What other threads may do to a call that is running.
    private void fromElsewhere() {
        if (random.nextBoolean()) {
            things.any(InferenceContext.class, random).ifPresent(InferenceContext::interrupt);
        } else {
            things.any(ScheduledGeneration.class, random).ifPresent(ScheduledGeneration::cancel);
        }
    }

    private void use() {
        switch (random.nextInt(12)) {
            case 0 ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context -> context.decode(RandomSettings.tokens(context.model(), 40, random)));
            case 1 ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context -> things.any(Sampler.class, random).ifPresent(context::sample));
            case 2 ->
                things.any(InferenceContext.class, random).ifPresent(context -> {
                    Adapters adapters = things.any(LoraAdapter.class, random)
                            .map(Adapters::of)
                            .orElse(Adapters.none());
                    context.use(adapters);
                });
            case 3 ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context -> things.any(TokenizedPrompt.class, random)
                                .ifPresent(prompt ->
                                        context.remember(prompt, projector(), Reuse.PREFIX, EvaluationListener.NONE)));
            case 4 ->
                things.any(Projector.class, random)
                        .ifPresent(found -> things.add(found.encode(ProjectorTarget.picture(9, 9))));
            case 5 ->
                things.any(ChatTemplate.class, random)
                        .ifPresent(template -> template.render(List.of(ChatMessage.user("Hello </s>"))));
            case 6 ->
                things.any(Model.class, random).ifPresent(model -> {
                    int[] ids = model.tokenizer().encode("Hello", true, true);
                    model.tokenizer().decode(ids, false);
                });
            case 7 ->
                things.any(Embedder.class, random)
                        .ifPresent(embedder -> embedder.embed(new int[] {1, 2, 3, random.nextInt(400)}));
            case 8 -> with(InferenceContext.class, ContextSnapshot.class, InferenceContext::snapshot);
            case 9 ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context ->
                                things.any(ContextSnapshot.class, random).ifPresent(context::restore));
            case 10 ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context -> context.truncate(random.nextInt(1 + context.tokens())));
            default ->
                things.any(InferenceContext.class, random)
                        .ifPresent(context -> new Generator(context, projector()).generate(prompt(), generation()));
        }
    }

    private void more() throws InterruptedException {
        switch (random.nextInt(9)) {
            case 0, 1 ->
                with(
                        InferenceContext.class,
                        GenerationStream.class,
                        context ->
                                new Generator(context, projector()).stream(prompt(), generation(), new Cancellation()));
            case 2 ->
                things.any(GenerationStream.class, random).ifPresent(stream -> {
                    for (int i = random.nextInt(5); i > 0 && stream.hasNext(); i--) {
                        stream.next();
                    }
                });
            case 3 ->
                with(InferenceContext.class, ChatStream.class, context -> {
                    ChatTemplate template = things.any(ChatTemplate.class, random)
                            .orElseGet(() -> {
                                ChatTemplate made = ChatTemplate.of(context.model());
                                things.add(made);
                                return made;
                            });
                    ChatOptions options =
                            ChatOptions.builder().generation(generation()).build();
                    return Chat.of(new Generator(context, projector()), template, options).stream("Hello");
                });
            case 4 ->
                things.any(ChatStream.class, random).ifPresent(stream -> {
                    for (int i = random.nextInt(5); i > 0 && stream.hasNext(); i--) {
                        stream.next();
                    }
                });
            case 5 ->
                with(
                        Model.class,
                        Scheduler.class,
                        model -> Scheduler.start(
                                model,
                                projector(),
                                SchedulerOptions.builder()
                                        .slots(2)
                                        .queue(4)
                                        .context(CONTEXT)
                                        .build()));
            case 6, 7 ->
                with(
                        Scheduler.class,
                        ScheduledGeneration.class,
                        scheduler -> scheduler.submit(GenerationRequest.of(prompt(), generation())));
            default -> {
                var submitted = things.any(ScheduledGeneration.class, random);
                if (submitted.isPresent()) {
                    if (random.nextInt(4) == 0) {
                        Thread.currentThread().interrupt();
                    }
                    try {
                        submitted.get().next();
                    } finally {
                        Thread.interrupted(); // what was planted is over
                    }
                }
            }
        }
    }
}
