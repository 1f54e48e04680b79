package io.vlm4j.processing.internal;

import io.vlm4j.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// One example of a batch before it is padded: ids, where pictures are among them, and which have labels.
///
/// @param ids          image positions hold the image token
/// @param pictures     the runs of image positions, in order
/// @param labelled     the tokens that count for the loss; not changed any more
record TokenRow(List<Integer> ids, List<Picture> pictures, BitSet labelled) {
    /// The image positions of one picture.
    ///
    /// @param start the first
    /// @param rows  how many
    /// @param side  of the square that they fill in a model with M-RoPE; 0 when positions count on as in a text
    record Picture(int start, int rows, int side) {}

    /// @throws IllegalArgumentException when a text holds the image token, or pictures have positions that are not
    ///     known
    static TokenRow of(List<TokenizedPrompt.Chunk> chunks, int imageToken) {
        List<Integer> ids = new ArrayList<>();
        List<Picture> pictures = new ArrayList<>();
        for (TokenizedPrompt.Chunk chunk : chunks) {
            switch (chunk) {
                case TokenizedPrompt.TextChunk text -> {
                    if (text.ids().contains(imageToken)) {
                        throw new IllegalArgumentException(
                                "a text holds the image token (" + imageToken + ") without a picture for it");
                    }
                    ids.addAll(text.ids());
                }
                case TokenizedPrompt.MediaChunk media -> {
                    pictures.add(new Picture(ids.size(), media.tokens(), side(media)));
                    for (int i = 0; i < media.tokens(); i++) {
                        ids.add(imageToken);
                    }
                }
            }
        }
        return new TokenRow(List.copyOf(ids), List.copyOf(pictures), new BitSet());
    }

    /// llama.cpp advances M-RoPE by the longer side of a picture's grid, which is a square here.
    private static int side(TokenizedPrompt.MediaChunk media) {
        int side = media.positions();
        if (side == media.tokens()) {
            return 0;
        }
        if ((long) side * side != media.tokens()) {
            throw new IllegalArgumentException("a picture of " + media.tokens() + " rows takes " + side
                    + " positions: only squares are supported");
        }
        return side;
    }

    int length() {
        return ids.size();
    }

    TokenRow labelledFrom(int first) {
        BitSet rest = new BitSet();
        rest.set(first, length());
        return labelled(rest);
    }

    /// With these labels, but for image positions, which never have any.
    TokenRow labelled(BitSet tokens) {
        BitSet text = (BitSet) tokens.clone();
        pictures.forEach(picture -> text.clear(picture.start(), picture.start() + picture.rows()));
        return new TokenRow(ids, pictures, text);
    }

    /// No more than the first `most` ids; a picture that does not fit is left out with all that is behind it.
    TokenRow cut(int most) {
        int end = Math.min(most, length());
        List<Picture> whole = new ArrayList<>();
        for (Picture picture : pictures) {
            if (picture.start() + picture.rows() > end) {
                end = Math.min(end, picture.start());
                break;
            }
            whole.add(picture);
        }
        return end == length() ? this : new TokenRow(ids.subList(0, end), List.copyOf(whole), labelled.get(0, end));
    }

    /// How many ids this and another begin with in common.
    int commonLength(TokenRow other) {
        int[] mine = toArray(ids);
        int[] theirs = toArray(other.ids);
        int mismatch = Arrays.mismatch(mine, theirs);
        return mismatch < 0 ? mine.length : mismatch;
    }

    boolean hasAxes() {
        return pictures.stream().anyMatch(picture -> picture.side() > 0);
    }

    /// The position of each id on each of three axes (time, height, width), as transformers' Qwen2-VL has them: texts
    /// count on all axes alike, a picture stands still in time, and what follows it begins behind the largest.
    int[][] axes() {
        int[][] axes = new int[3][length()];
        int next = 0;
        int at = 0;
        for (Picture picture : pictures) {
            next = count(axes, at, picture.start(), next);
            at = picture.start() + picture.rows();
            if (picture.side() == 0) {
                next = count(axes, picture.start(), at, next);
            } else {
                for (int i = 0; i < picture.rows(); i++) {
                    axes[0][picture.start() + i] = next;
                    axes[1][picture.start() + i] = next + i / picture.side();
                    axes[2][picture.start() + i] = next + i % picture.side();
                }
                next += picture.side();
            }
        }
        count(axes, at, length(), next);
        return axes;
    }

    private static int count(int[][] axes, int from, int to, int next) {
        int position = next;
        for (int i = from; i < to; i++, position++) {
            for (int[] axis : axes) {
                axis[i] = position;
            }
        }
        return position;
    }

    private static int[] toArray(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
