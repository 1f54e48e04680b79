package io.vlm4j.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class GeneratorTest {
    private static Model model;
    private static Projector projector;
    private static InferenceContext context;
    private static Generator generator;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(
                TestModels.bundledProjector(),
                ProjectorOptions.builder().cache(EmbeddingCache.none()).build());
        context = InferenceContext.create(model);
        generator = new Generator(context, projector);
    }

    @BeforeEach
    void rememberNothing() {
        context.clear();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Prompt question(String text) {
        return Prompt.parse(
                "USER: <image>\n" + text + " ASSISTANT:", ImageInput.of(TestModels.sample("06-red_apple.png")));
    }

    private static final String WHAT = "What is shown in this image?";

    @Test
    void answersAndCounts() {
        Generation generation = generator.generate(question(WHAT), GenerationOptions.defaults());
        assertThat(generation.text()).isEqualTo(" a red apple");
        assertThat(generation.finishReason()).isEqualTo(FinishReason.END_OF_GENERATION);
        assertThat(generation.usage()).isEqualTo(new Usage(79, 64, 0, 0, 4));
        assertThat(generation.timings().imageEncode()).isPositive();
        assertThat(generation.timings().prefill()).isPositive();
        assertThat(generation.timings().decode()).isPositive();
    }

    @Test
    void eventsComeInOrder() {
        List<GenerationEvent> events = new ArrayList<>();
        Generation generation =
                generator.generate(question(WHAT), GenerationOptions.defaults(), events::add, new Cancellation());
        assertThat(events.get(0)).isInstanceOf(GenerationEvent.MediaEncoded.class);
        assertThat(events.get(1)).isInstanceOf(GenerationEvent.PromptEvaluated.class);
        assertThat(events.subList(2, events.size() - 1)).hasOnlyElementsOfType(GenerationEvent.Text.class);
        assertThat(events.getLast()).isEqualTo(new GenerationEvent.Finished(generation));
    }

    @Test
    void streamsTheSameText() {
        try (GenerationStream stream = generator.stream(question(WHAT), GenerationOptions.defaults());
                Stream<String> texts = stream.texts()) {
            assertThat(texts.collect(Collectors.joining())).isEqualTo(" a red apple");
        }
    }

    @Test
    void aStreamMayBeLeftEarly() {
        try (GenerationStream stream = generator.stream(question(WHAT), GenerationOptions.defaults())) {
            stream.next();
        }
        assertThat(generator
                        .generate(question(WHAT), GenerationOptions.defaults())
                        .text())
                .isEqualTo(" a red apple");
    }

    @Test
    void aStreamThatWasOvertakenSaysSo() {
        try (GenerationStream older = generator.stream(question(WHAT), GenerationOptions.defaults())) {
            GenerationEvent event = older.next();
            while (!(event instanceof GenerationEvent.Text)) {
                event = older.next();
            }
            assertThat(generator
                            .generate(question(WHAT), GenerationOptions.defaults())
                            .text())
                    .isEqualTo(" a red apple");
            assertThatIllegalStateException().isThrownBy(older::next).withMessageContaining("another generation");
        }
    }

    @Test
    void stopsAtMaxTokens() {
        Generation generation = generator.generate(
                question(WHAT), GenerationOptions.builder().maxTokens(2).build());
        assertThat(generation.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
        assertThat(generation.tokens()).hasSize(2);
    }

    @Test
    void stopsAtAStringThatIsSpreadOverTokens() {
        Generation generation = generator.generate(
                question(WHAT),
                GenerationOptions.builder().stops(List.of("ed ap")).build());
        assertThat(generation.finishReason()).isEqualTo(FinishReason.STOP_STRING);
        assertThat(generation.text()).isEqualTo(" a r");
    }

    @Test
    void saysWhenTheContextIsFull() {
        try (InferenceContext small = InferenceContext.create(
                model, ContextOptions.builder().contextLength(256).build())) {
            Generation generation = new Generator(small, projector)
                    .generate(
                            question(WHAT),
                            GenerationOptions.builder()
                                    .ignoreEnd(true)
                                    .maxTokens(1000)
                                    .build());
            assertThat(generation.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(generation.usage().promptTokens() + generation.tokens().size())
                    .isEqualTo(small.contextLength() + 1); // the last token was chosen but has no place
        }
    }

    @Test
    void cancelsAtTheNextToken() {
        Cancellation cancellation = new Cancellation();
        List<String> texts = new ArrayList<>();
        Generation generation = generator.generate(
                question(WHAT),
                GenerationOptions.builder().ignoreEnd(true).build(),
                event -> {
                    if (event instanceof GenerationEvent.Text text) {
                        texts.add(text.text());
                        cancellation.cancel();
                    }
                },
                cancellation);
        assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(texts).hasSize(1);
    }

    @Test
    void cancelledBeforeItBegan() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        Generation generation =
                generator.generate(question(WHAT), GenerationOptions.defaults(), GenerationListener.NONE, cancellation);
        assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(generation.text()).isEmpty();
    }

    @Test
    void whatAListenerThrowsComesOut() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> generator.generate(
                        question(WHAT),
                        GenerationOptions.defaults(),
                        event -> {
                            throw new UnsupportedOperationException("listener");
                        },
                        new Cancellation()));
        assertThat(generator
                        .generate(question(WHAT), GenerationOptions.defaults())
                        .text())
                .isEqualTo(" a red apple");
    }

    @Test
    void charactersThatSpanTokensStayWhole() {
        GenerationOptions options = GenerationOptions.builder()
                .sampling(SamplingOptions.builder()
                        .grammar(Grammar.of("root ::= \"grüß dich 🍎 ok\""))
                        .build())
                .build();
        List<String> texts = new ArrayList<>();
        Generation generation = generator.generate(
                question(WHAT),
                options,
                event -> {
                    if (event instanceof GenerationEvent.Text text) {
                        texts.add(text.text());
                    }
                },
                new Cancellation());
        assertThat(generation.text()).isEqualTo("grüß dich 🍎 ok");
        assertThat(String.join("", texts)).isEqualTo(generation.text());
        assertThat(texts).noneMatch(text -> text.contains("\uFFFD"));
        assertThat(generation.tokens().size()).isGreaterThan(texts.size());
    }

    @Test
    void twoPicturesInOnePrompt() {
        Prompt prompt = Prompt.parse(
                "USER: <image>\n<image>\nWhat is shown in this image? ASSISTANT:",
                ImageInput.of(TestModels.sample("06-red_apple.png")),
                ImageInput.of(TestModels.sample("05-syringe.png")));
        Generation generation = generator.generate(prompt, GenerationOptions.defaults());
        assertThat(generation.usage().imageTokens()).isEqualTo(128);
        assertThat(generation.text()).isNotBlank();
    }

    @Test
    void trimsLeadingSpaceWhenAsked() {
        Generation generation = generator.generate(
                question(WHAT),
                GenerationOptions.builder().trimLeadingSpace(true).build());
        assertThat(generation.text()).isEqualTo("a red apple");
    }
}
