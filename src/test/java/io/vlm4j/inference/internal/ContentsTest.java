package io.vlm4j.inference.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Against an oracle that keeps each cell as a text of its own.
class ContentsTest {
    private static final RandomGenerator RANDOM =
            RandomGeneratorFactory.of("L64X128MixRandom").create(20261125);

    /// Pieces: a token, or a medium of several cells; media with a number of positions of their own.
    private sealed interface Piece {
        record Token(int id) implements Piece {}

        record Picture(String content, int tokens, int positions) implements Piece {}
    }

    private static List<Piece> randomPieces(int count) {
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (RANDOM.nextInt(4) == 0) {
                int kind = RANDOM.nextInt(3);
                pieces.add(new Piece.Picture("picture " + kind, 2 + kind, 1 + kind % 2));
            } else {
                pieces.add(new Piece.Token(RANDOM.nextInt(3)));
            }
        }
        return pieces;
    }

    private static Contents contents(List<Piece> pieces) {
        Contents contents = new Contents();
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Token token -> contents.add(token.id());
                case Piece.Picture picture ->
                    contents.add(
                            new TokenizedPrompt.MediaChunk(picture.tokens(), picture.positions(), picture.content()),
                            null);
            }
        }
        return contents;
    }

    private static List<String> cells(List<Piece> pieces) {
        List<String> cells = new ArrayList<>();
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Token token -> cells.add("token " + token.id());
                case Piece.Picture picture -> {
                    for (int i = 0; i < picture.tokens(); i++) {
                        cells.add(picture.content() + " cell " + i);
                    }
                }
            }
        }
        return cells;
    }

    private static int positions(List<Piece> pieces) {
        return pieces.stream()
                .mapToInt(piece -> piece instanceof Piece.Picture picture ? picture.positions() : 1)
                .sum();
    }

    @Test
    void prefixesAreThoseOfTheCells() {
        for (int round = 0; round < 2000; round++) {
            List<Piece> ours = randomPieces(RANDOM.nextInt(12));
            List<Piece> theirs = new ArrayList<>(ours.subList(0, RANDOM.nextInt(ours.size() + 1)));
            theirs.addAll(randomPieces(RANDOM.nextInt(6)));
            List<String> here = cells(ours);
            List<String> there = cells(theirs);
            int expected = 0;
            while (expected < Math.min(here.size(), there.size())
                    && here.get(expected).equals(there.get(expected))) {
                expected++;
            }
            Contents contents = contents(ours);
            int prefix = contents.commonPrefix(contents(theirs));
            assertThat(prefix).isEqualTo(expected);
            assertThat(contents.isBetween(prefix)).isTrue();
        }
    }

    @Test
    void takingOutLeavesTheRestInOrder() {
        for (int round = 0; round < 2000; round++) {
            List<Piece> pieces = randomPieces(1 + RANDOM.nextInt(12));
            int from = RANDOM.nextInt(pieces.size() + 1);
            int to = from + RANDOM.nextInt(pieces.size() - from + 1);
            List<Piece> left = new ArrayList<>(pieces.subList(0, from));
            left.addAll(pieces.subList(to, pieces.size()));
            Contents contents = contents(pieces);
            contents.remove(
                    cells(pieces.subList(0, from)).size(),
                    cells(pieces.subList(0, to)).size());
            Contents expected = contents(left);
            assertThat(contents.size()).isEqualTo(expected.size());
            assertThat(contents.commonPrefix(expected)).isEqualTo(expected.size());
            assertThat(contents.media()).isEqualTo(expected.media());
            assertThat(contents.position(contents.size())).isEqualTo(positions(left));
        }
    }

    @Test
    void positionsFollowThePictures() {
        Contents contents = contents(
                List.of(new Piece.Token(7), new Piece.Picture("a", 4, 2), new Piece.Token(8), new Piece.Token(9)));
        assertThat(contents.position(0)).isZero();
        assertThat(contents.position(1)).isEqualTo(1);
        assertThat(contents.position(5)).isEqualTo(3);
        assertThat(contents.position(7)).isEqualTo(5);
        assertThat(contents.isBetween(1)).isTrue();
        assertThat(contents.isBetween(3)).isFalse();
        assertThat(contents.nextBetween(3)).isEqualTo(5);
    }

    @Test
    void theLongestRunIsFound() {
        List<Piece> pieces = new ArrayList<>();
        for (int id : new int[] {1, 2, 3, 4, 50, 51, 3, 50, 51, 52, 53, 9}) {
            pieces.add(new Piece.Token(id));
        }
        List<Piece> wanted = new ArrayList<>();
        for (int id : new int[] {1, 2, 3, 50, 51, 52, 53}) {
            wanted.add(new Piece.Token(id));
        }
        Contents contents = contents(pieces);
        assertThat(contents.findRun(3, contents(wanted), 3, 2)).isEqualTo(7);
        assertThat(contents.findRun(3, contents(wanted), 3, 5)).isEqualTo(-1);
    }
}
