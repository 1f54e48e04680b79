package io.vlm4j.torture.target;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Embedder;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.torture.SoakOptions;
import io.vlm4j.torture.SoakReport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/// A program that does everything at once: answers, converses, sees, embeds, computes forward passes, schedules,
/// cancels, opens and closes.
///
/// - **Owner**: whoever made it.
/// - **Threads**: one at a time.
/// - **Close**: closes the model that is open all the time.
public final class MixedWork implements AutoCloseable {
    private static final int CONTEXT = 1024;
    private static final int ANSWER = 200;
    private static final int TURNS = 3;

    private final SoakOptions options;
    private final ContextOptions contextOptions;
    private final SplittableRandom random;
    private final Map<String, Long> counts = new TreeMap<>();
    private final Model model;
    private final Projector projector;
    private final Generator generator;
    private final ChatTemplate template;
    private final Embedder embedder;
    private final ForwardPass pass;
    private long tokens;
    private long images;
    private long opens;

    public MixedWork(SoakOptions options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
        this.contextOptions = ContextOptions.builder()
                .contextLength(CONTEXT)
                .threads(options.threads())
                .build();
        this.model = Model.open(options.model());
        try {
            projector = openProjector(model);
            template = ChatTemplate.of(model);
            generator = new Generator(InferenceContext.create(model, contextOptions), projector);
            embedder = Embedder.create(model, contextOptions);
            pass = ForwardPass.open(model, ForwardOptions.fast());
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    private Projector openProjector(Model of) {
        return of.openProjector(
                options.projector(),
                ProjectorOptions.builder()
                        .threads(options.threads())
                        .cache(EmbeddingCache.ofMemory(1 << 20))
                        .build());
    }

    public boolean isDone() {
        return tokens >= options.tokens() && images >= options.images() && opens >= options.opens();
    }

    public long tokens() {
        return tokens;
    }

    public long images() {
        return images;
    }

    public long opens() {
        return opens;
    }

    public List<SoakReport.Count> counts() {
        List<SoakReport.Count> list = new ArrayList<>();
        counts.forEach((work, times) -> list.add(new SoakReport.Count(work, times)));
        return list;
    }

    /// One piece of work, of the kind that is most behind.
    public void doSome() throws InterruptedException {
        double tokensDone = (double) tokens / options.tokens();
        double imagesDone = (double) images / options.images();
        double opensDone = (double) opens / options.opens();
        if (opensDone <= tokensDone && opensDone <= imagesDone) {
            count("opens");
            open();
        } else if (imagesDone <= tokensDone) {
            see();
        } else {
            write();
        }
    }

    private void count(String work) {
        counts.merge(work, 1L, Long::sum);
    }

    private void open() {
        try (Model other = Model.open(options.model());
                Projector _ = openProjector(other);
                InferenceContext context = InferenceContext.create(other, contextOptions)) {
            context.decode(other.tokenizer().encode("A short text.", true, false));
        }
        opens++;
    }

    private ImageInput picture() {
        int side = 16 + random.nextInt(200);
        byte[] pixels = new byte[3 * side * side];
        random.nextBytes(pixels);
        return ImageInput.ofRgb(side, side, ByteBuffer.wrap(pixels));
    }

    private void see() {
        images++;
        if (random.nextInt(4) > 0) {
            count("encodings");
            try (Tensor _ = projector.encode(picture())) {
                return;
            }
        }
        count("questions about pictures");
        Prompt prompt = Prompt.builder()
                .text("Look: ")
                .image(picture())
                .text(" What is it?")
                .build();
        tokens += used(generator.generate(prompt, answer(20)));
    }

    private void write() throws InterruptedException {
        switch (random.nextInt(8)) {
            case 0 -> converse();
            case 1 -> schedule();
            case 2 -> cancel();
            case 3 -> compute();
            default -> {
                count("answers");
                tokens += used(generator.generate(words(), answer(ANSWER)));
            }
        }
    }

    private static int used(Generation generation) {
        return generation.usage().completionTokens();
    }

    private Prompt words() {
        StringBuilder text = new StringBuilder("Once");
        for (int i = random.nextInt(60); i > 0; i--) {
            text.append(' ').append(Integer.toString(random.nextInt(1 << 20), 36));
        }
        return Prompt.builder().text(text.toString()).build();
    }

    private GenerationOptions answer(int most) {
        return GenerationOptions.builder()
                .maxTokens(1 + random.nextInt(most))
                .ignoreEnd(true)
                .sampling(SamplingOptions.builder()
                        .temperature(1)
                        .topK(40)
                        .seed(random.nextInt(1 << 20))
                        .build())
                .build();
    }

    private void converse() {
        count("conversations");
        Chat chat = Chat.of(
                generator,
                template,
                ChatOptions.builder().generation(answer(ANSWER / TURNS)).build());
        for (int turn = 0; turn < TURNS; turn++) {
            tokens += used(chat.say("And what else?").generation());
        }
    }

    private void schedule() throws InterruptedException {
        count("schedulers");
        SchedulerOptions settings = SchedulerOptions.builder()
                .slots(3)
                .context(contextOptions)
                .parkedBytes(1 << 20)
                .build();
        try (Scheduler scheduler = Scheduler.start(model, projector, settings)) {
            List<ScheduledGeneration> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                running.add(scheduler.submit(GenerationRequest.of(words(), answer(ANSWER / 2))));
            }
            for (ScheduledGeneration generation : running) {
                tokens += used(generation.future().get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a scheduled generation failed", e.getCause());
        }
    }

    private void cancel() {
        count("cancellations");
        Cancellation cancellation = new Cancellation();
        int[] left = {random.nextInt(20)};
        GenerationListener ending = event -> {
            if (left[0]-- == 0) {
                cancellation.cancel();
            }
        };
        tokens += used(generator.generate(words(), answer(ANSWER), ending, cancellation));
    }

    private void compute() {
        count("embeddings and forward passes");
        int[] ids = model.tokenizer().encode("Some words to look at " + random.nextInt(), true, false);
        embedder.embed(ids);
        ForwardInput input =
                ForwardInput.builder(model.tokenizer().size()).inputIds(ids).build();
        try (ForwardOutput _ = pass.forward(input, Outputs.of(Output.LOGITS))) {
            tokens += ids.length;
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
