package io.vlm4j.attention.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.model.Model;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.testkit.TestModels;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class WordsTest {
    @Test
    void tokensBelongToWords() {
        try (Model model = Model.open(TestModels.bundled())) {
            Tokenizer tokenizer = model.tokenizer();
            assertThat(words("a musical note.", tokenizer)).containsExactly("a", "musical", "note.");
            assertThat(words("one\n two  three", tokenizer)).containsExactly("one", "two", "three");
            assertThat(words("zwölf Straßen", tokenizer)).containsExactly("zwölf", "Straßen"); // bytes of letters
            assertThat(words("", tokenizer)).isEmpty();
            assertThat(words("   ", tokenizer)).isEmpty();

            List<Integer> tokens = tokens("musical note", tokenizer);
            List<Integer> withEnd = IntStream.concat(
                            tokens.stream().mapToInt(Integer::intValue),
                            IntStream.of(tokenizer.endOfSequence().orElseThrow()))
                    .boxed()
                    .toList();
            List<Integer> places = Words.of(withEnd, tokenizer).stream()
                    .flatMap(word -> word.places().stream())
                    .toList();
            assertThat(places)
                    .containsExactlyElementsOf(
                            IntStream.range(0, tokens.size()).boxed().toList());
        }
    }

    private static List<String> words(String text, Tokenizer tokenizer) {
        return Words.of(tokens(text, tokenizer), tokenizer).stream()
                .map(Words.Word::text)
                .toList();
    }

    private static List<Integer> tokens(String text, Tokenizer tokenizer) {
        return IntStream.of(tokenizer.encode(text)).boxed().toList();
    }
}
