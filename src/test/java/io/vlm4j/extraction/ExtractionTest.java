package io.vlm4j.extraction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.schema.Pattern;
import io.vlm4j.schema.Size;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class ExtractionTest {
    private static final String AS_JSON = "Describe this image as JSON.";
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static Vlm vlm;

    record Scene(@Size(max = 8) List<String> objects, int count, String background) {}

    sealed interface Sight permits One, Many {}

    record One(String object) implements Sight {}

    record Many(int count) implements Sight {}

    record Stamped(
            LocalDate day,
            UUID id,
            @Pattern("^[A-Z]-[0-9]{1,3}$") String code) {}

    enum Background {
        white,
        black
    }

    @Test
    void datesIdsAndPatternsAreHeldTo() {
        Stamped stamped = extractor(
                        400, SamplingOptions.builder().temperature(1).seed(7).build())
                .ask(about(APPLE, AS_JSON), Stamped.class, new Cancellation())
                .value();
        assertThat(stamped.day()).isNotNull();
        assertThat(stamped.id()).isNotNull();
        assertThat(stamped.code()).matches("[A-Z]-[0-9]{1,3}");
    }

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    private static List<ChatMessage> about(ImageInput image, String question) {
        return List.of(ChatMessage.user(question, image));
    }

    private static Extractor extractor(int maxTokens, SamplingOptions sampling) {
        return vlm.extractor(ExtractionOptions.defaults()
                .withGeneration(GenerationOptions.builder()
                        .maxTokens(maxTokens)
                        .sampling(sampling)
                        .build()));
    }

    private record Question(ImageInput image, String text, String answer) {}

    private static List<Question> questions(String task) {
        List<Question> questions = new ArrayList<>();
        for (JsonNode sample : Golden.json(TestModels.sample("samples.json")).get("samples")) {
            ImageInput image =
                    ImageInput.of(TestModels.sample(sample.get("image").asString()));
            for (JsonNode question : sample.get("questions")) {
                if (question.get("task").asString().equals(task)) {
                    questions.add(new Question(
                            image,
                            question.get("question").asString(),
                            question.get("answer").asString()));
                }
            }
        }
        assertThat(questions).isNotEmpty();
        return questions;
    }

    @Test
    void everySampleIsReadAsTheModelCardSays() {
        for (Question question : questions("json")) {
            TypedAnswer<Scene> answer = vlm.ask(question.image(), question.text(), Scene.class);
            assertThat(answer.json()).isEqualTo(question.answer());
            assertThat(answer.value().objects()).hasSize(answer.value().count());
            assertThat(answer.confidence()).containsKeys("/objects/0", "/count", "/background");
            assertThat(answer.confidence().values()).allMatch(confidence -> confidence > 0 && confidence <= 1);
        }
    }

    @Test
    void aConfidenceIsTheGeometricMeanOfTheTokensOfItsValue() {
        TypedAnswer<Scene> answer = vlm.ask(APPLE, AS_JSON, Scene.class);
        assertThat(answer.json()).isEqualTo("{\"objects\": [\"red apple\"], \"count\": 1, \"background\": \"white\"}");
        List<String> pieces = answer.generation().probabilities().stream()
                .map(token -> token.text())
                .toList();
        assertThat(pieces).containsSequence("red", " apple", "\"],"); // the closing quote belongs to the text
        int red = pieces.indexOf("red");
        double expected = Math.exp(IntStream.range(red, red + 3)
                .mapToDouble(i -> answer.generation().probabilities().get(i).logProbability())
                .average()
                .orElseThrow());
        assertThat(answer.confidence().get("/objects/0")).isCloseTo(expected, within(1e-9));
        assertThat(answer.confidence()).containsOnlyKeys("/objects/0", "/count", "/background");
        assertThat(answer.lowestConfidence()).isEqualTo(answer.confidence().get("/objects/0"));
    }

    /// As many as `-Dvlm4j.extractions` says, over all samples.
    @Test
    void whateverIsDrawnCanBeRead() {
        int wanted = Integer.getInteger("vlm4j.extractions", 140);
        List<Question> samples = questions("json");
        int cut = 0;
        for (int i = 0; i < wanted; i++) {
            Question question = samples.get(i * samples.size() / wanted); // one picture after the other
            Extractor extractor = extractor(
                    300, SamplingOptions.builder().temperature(1.5f).seed(i).build());
            try {
                TypedAnswer<Scene> answer =
                        extractor.ask(about(question.image(), question.text()), Scene.class, new Cancellation());
                assertThat(answer.value().objects()).hasSizeLessThanOrEqualTo(8);
            } catch (Vlm4jException.InvalidAnswer e) {
                assertThat(e).hasMessageContaining("was cut after 300 tokens");
                cut++;
            }
        }
        assertThat(cut).as("of %d answers cut", wanted).isLessThanOrEqualTo(wanted / 100);
    }

    @Test
    void anAnswerThatWasCutIsATypedFailure() {
        Extractor extractor = extractor(5, SamplingOptions.greedy());
        Vlm4jException.InvalidAnswer failure = catchThrowableOfType(
                Vlm4jException.InvalidAnswer.class,
                () -> extractor.ask(about(APPLE, AS_JSON), Scene.class, new Cancellation()));
        assertThat(failure).hasMessageContaining("cut after 5 tokens (maxTokens)");
        assertThat(failure.answer()).isEqualTo(" {\"objects\": [\"red");
        assertThatExceptionOfType(Vlm4jException.InvalidAnswer.class)
                .isThrownBy(() -> extractor.match(about(APPLE, AS_JSON), "[a-z ]{40}", new Cancellation()))
                .withMessageContaining("maxTokens");
        assertThatExceptionOfType(Vlm4jException.InvalidAnswer.class)
                .isThrownBy(() -> extractor.choose(about(APPLE, AS_JSON), List.of("x".repeat(50)), new Cancellation()))
                .withMessageContaining("maxTokens");
    }

    @Test
    void sealedTypesAndEnumsAreAnswersToo() {
        assertThat(vlm.ask(APPLE, AS_JSON, Sight.class).value()).isInstanceOfAny(One.class, Many.class);
        assertThat(vlm.ask(APPLE, "What color is the background?", Background.class)
                        .value())
                .isIn((Object[]) Background.values());
    }

    @Test
    void aSchemaGivenAsTextIsAnsweredInText() {
        JsonSchema schema =
                JsonSchema.parse("{\"type\": \"object\", \"properties\": {\"count\": {\"type\": \"integer\"}},"
                        + " \"required\": [\"count\"], \"additionalProperties\": false}");
        TypedAnswer<String> answer = vlm.ask(APPLE, AS_JSON, schema);
        assertThat(answer.value()).isEqualTo(answer.json()).matches("\\{\\s*\"count\":\\s*-?[0-9]+\\s*}");
        assertThat(answer.confidence()).containsOnlyKeys("/count");

        Extractor telling = vlm.extractor(ExtractionOptions.defaults().withSchemaInPrompt(true));
        TypedAnswer<String> told = telling.ask(about(APPLE, AS_JSON), schema, new Cancellation());
        assertThat(told.generation().usage().promptTokens())
                .isGreaterThan(answer.generation().usage().promptTokens() + 20);
    }

    @Test
    void oneOfTheChoicesIsChosen() {
        List<String> colours =
                List.of("red", "white", "blue", "green", "yellow", "black", "pink", "gray", "white smoke");
        for (Question question : questions("background")) {
            Choice choice = vlm.choose(question.image(), question.text(), colours);
            assertThat(choice.text()).isEqualTo(colours.get(choice.index()));
            if (colours.contains(question.answer())) {
                assertThat(choice.text()).isEqualTo(question.answer());
            }
        }
    }

    /// The oracle goes through the whole vocabulary in plain Java for each token.
    @Test
    void theProbabilityOfAChoiceIsItsShareOfWhatWasAllowed() {
        List<String> choices = List.of("a red apple", "a red tomato", "a ball", "a", "nothing");
        List<ChatMessage> conversation = about(APPLE, "What is shown in this image?");
        for (int seed = 0; seed < 5; seed++) {
            Choice choice = extractor(
                            50,
                            SamplingOptions.builder().temperature(3).seed(seed).build())
                    .choose(conversation, choices, new Cancellation());
            assertThat(choice.probability())
                    .as(choice.text())
                    .isCloseTo(share(conversation, choices, choice), within(1e-4));
        }
    }

    private static double share(List<ChatMessage> conversation, List<String> choices, Choice choice) {
        Tokenizer tokenizer = vlm.model().tokenizer();
        double probability = 1;
        vlm.context().clear();
        try (TokenizedPrompt prompt = TokenizedPrompt.of(
                vlm.template().render(conversation),
                vlm.model(),
                vlm.projector().orElseThrow())) {
            vlm.context().decode(prompt, vlm.projector().orElseThrow(), new EvaluationListener() {});
        }
        StringBuilder written = new StringBuilder();
        for (int chosen : choice.generation().tokens()) {
            float[] logits = vlm.context().logits().toFloatArray();
            double all = 0;
            for (int token = 0; token < logits.length; token++) {
                if (isAllowed(tokenizer, token, written.toString(), choices)) {
                    all += Math.exp(logits[token]);
                }
            }
            probability *= Math.exp(logits[chosen]) / all;
            written.append(tokenizer.decode(chosen).isEmpty() ? "" : new String(tokenizer.piece(chosen), UTF_8));
            vlm.context().decode(chosen);
        }
        return probability;
    }

    private static boolean isAllowed(Tokenizer tokenizer, int token, String written, List<String> choices) {
        String piece = new String(tokenizer.piece(token), UTF_8);
        return choices.stream()
                .flatMap(choice -> List.of(choice, " " + choice).stream())
                .anyMatch(text -> tokenizer.isEndOfGeneration(token)
                        ? text.equals(written)
                        : !piece.isEmpty() && text.startsWith(written + piece));
    }

    @Test
    void textsOfARegularExpressionComeOut() {
        TextAnswer answer = vlm.match(APPLE, "What is shown in this image?", "an? [a-z]+( [a-z]+)?");
        assertThat(answer.text()).isEqualTo("a red apple");
        assertThat(answer.confidence()).isBetween(0.5, 1.0);
        assertThat(vlm.match(APPLE, "What is shown in this image?", "\\s?[a-z ]+")
                        .text())
                .isEqualTo(" a red apple"); // a space that the expression has is the answer's own
    }

    @Test
    void whoCancelsIsTold() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        assertThatExceptionOfType(Vlm4jException.Cancelled.class)
                .isThrownBy(() -> vlm.extractor(ExtractionOptions.defaults())
                        .ask(about(APPLE, AS_JSON), Scene.class, cancellation));
    }

    @Test
    void contradictionsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> extractor(
                        5,
                        SamplingOptions.builder()
                                .grammar(Grammar.of("root ::= \"a\""))
                                .build()))
                .withMessageContaining("constraint");
        assertThatIllegalArgumentException().isThrownBy(() -> vlm.choose(APPLE, "?", List.of("a", "a")));
        assertThatIllegalArgumentException().isThrownBy(() -> vlm.choose(APPLE, "?", List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> vlm.ask(APPLE, "?", Object.class));
    }

    @Test
    @Timeout(60)
    void aSchemaWithoutAnEndIsCutWhereTheTokensEnd() {
        JsonSchema tree = JsonSchema.parse("{\"$defs\": {\"tree\": {\"type\": \"object\", \"properties\":"
                + " {\"inside\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/tree\"}}},"
                + " \"required\": [\"inside\"], \"additionalProperties\": false}}, \"$ref\": \"#/$defs/tree\"}");
        for (int seed = 0; seed < 10; seed++) {
            Extractor extractor = extractor(
                    100, SamplingOptions.builder().temperature(1.5f).seed(seed).build());
            try {
                assertThat(extractor
                                .ask(about(APPLE, AS_JSON), tree, new Cancellation())
                                .json())
                        .startsWith("{");
            } catch (Vlm4jException.InvalidAnswer e) {
                assertThat(e).hasMessageContaining("cut after 100 tokens");
            }
        }
    }
}
