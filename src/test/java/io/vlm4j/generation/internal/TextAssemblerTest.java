package io.vlm4j.generation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.model.internal.TokenPiece;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {
    private static TokenPiece piece(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return TokenPiece.of(array);
    }

    @Test
    void wholeTextIsNotCopied() {
        TokenPiece apple = TokenPiece.of(" apple".getBytes(StandardCharsets.UTF_8));
        assertThat(new TextAssembler().add(apple)).isSameAs(apple.text());
    }

    @Test
    void aCharacterOfFourTokensComesOutWhole() {
        TextAssembler assembler = new TextAssembler();
        assertThat(assembler.add(piece(0xf0))).isEmpty();
        assertThat(assembler.add(piece(0x9f))).isEmpty();
        assertThat(assembler.add(piece(0x8d))).isEmpty();
        assertThat(assembler.add(piece(0x8e, 'x'))).isEqualTo("🍎x");
        assertThat(assembler.end()).isEmpty();
    }

    @Test
    void bytesThatAreNoTextAreReplaced() {
        TextAssembler assembler = new TextAssembler();
        assertThat(assembler.add(piece(0xff))).isEqualTo("\uFFFD");
        assertThat(assembler.add(piece('a'))).isEqualTo("a");
        assertThat(assembler.add(piece(0xc3))).isEmpty();
        assertThat(assembler.end()).isEqualTo("\uFFFD");
    }

    @Test
    void anyCutOfAnyTextGivesTheText() {
        String text = "grüß 你好 🍎🚗 e\u0301 — end";
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            TextAssembler assembler = new TextAssembler();
            StringBuilder result = new StringBuilder();
            for (int from = 0; from < utf8.length; ) {
                int to = Math.min(utf8.length, from + 1 + random.nextInt(4));
                result.append(assembler.add(TokenPiece.of(Arrays.copyOfRange(utf8, from, to))));
                from = to;
            }
            assertThat(result.append(assembler.end())).hasToString(text);
        }
    }
}
