package io.vlm4j.extraction.internal;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.model.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Which characters of a generated text came from which token. A character that is spread over several tokens belongs
/// to all of them.
public final class TokenSpans {
    private record Span(int from, int to, float logProbability) {}

    private final List<Span> spans = new ArrayList<>();

    /// @param shownSpecials texts of special tokens that are part of the text
    public TokenSpans(Generation generation, Tokenizer tokenizer, Collection<String> shownSpecials) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer pending = ByteBuffer.allocate(0); // bytes of a character that has begun
        int at = 0;
        for (TokenProbability token : generation.probabilities()) {
            ByteBuffer bytes = join(pending, bytes(token.token(), tokenizer, shownSpecials));
            CharBuffer whole = CharBuffer.allocate(bytes.remaining() + 1);
            decoder.reset();
            decoder.decode(bytes, whole, false);
            pending = bytes;
            int end = at + whole.position();
            spans.add(new Span(at, pending.hasRemaining() ? end + 1 : end, token.logProbability()));
            at = end;
        }
    }

    private static ByteBuffer join(ByteBuffer pending, byte[] more) {
        ByteBuffer joined = ByteBuffer.allocate(pending.remaining() + more.length);
        return joined.put(pending).put(more).flip();
    }

    private static byte[] bytes(int token, Tokenizer tokenizer, Collection<String> shownSpecials) {
        byte[] piece = tokenizer.piece(token);
        if (piece.length == 0 && tokenizer.isSpecial(token) && shownSpecials.contains(tokenizer.text(token))) {
            return tokenizer.text(token).getBytes(StandardCharsets.UTF_8);
        }
        return piece;
    }

    /// Geometric mean of the probabilities of the tokens that have a character in a range; 1 for no token.
    public double confidence(int from, int to) {
        double sum = 0;
        int count = 0;
        for (Span span : spans) {
            if (span.from < to && from < span.to) {
                sum += span.logProbability;
                count++;
            }
        }
        return count == 0 ? 1 : Math.exp(sum / count);
    }
}
