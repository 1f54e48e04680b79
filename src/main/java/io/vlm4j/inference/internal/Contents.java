package io.vlm4j.inference.internal;

import io.vlm4j.model.Projector;
import io.vlm4j.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What fills the cells of a context, in order: text tokens, and media by their content. Two of these are compared to
/// find what need not be evaluated again.
///
/// Adding a token allocates nothing once the array has grown. One thread at a time.
public final class Contents {
    private static final int FIRST_CAPACITY = 256;
    private static final long MOST_COMPARISONS = 1 << 24; // a bound on the search in repetitive contents

    /// A picture, or a tile of one.
    ///
    /// @param cell      the first that it takes
    /// @param contentId see `TokenizedPrompt.MediaChunk`
    /// @param projector what encoded it: another one's embeddings are others
    public record Media(
            int cell,
            int tokens,
            int positions,
            String contentId,
            @Nullable Projector projector) {
        private boolean isSame(Media other) {
            return contentId.equals(other.contentId) && projector == other.projector && tokens == other.tokens;
        }
    }

    private int[] cells; // a token's id, or -1 - the index of a medium
    private int size;
    private final List<Media> media = new ArrayList<>();

    Contents() {
        this.cells = new int[FIRST_CAPACITY];
    }

    /// What a context holds after a prompt.
    public static Contents of(TokenizedPrompt prompt, @Nullable Projector projector) {
        Contents contents = new Contents();
        for (TokenizedPrompt.Chunk chunk : prompt.chunks()) {
            switch (chunk) {
                case TokenizedPrompt.TextChunk text -> text.ids().forEach(contents::add);
                case TokenizedPrompt.MediaChunk item -> contents.add(item, projector);
            }
        }
        return contents;
    }

    /// Contents that were written down.
    ///
    /// @param cells ids of tokens; what is in the place of media does not matter
    /// @throws IllegalArgumentException when the media do not lie in the cells one after the other
    public static Contents of(int[] cells, List<Media> media) {
        Contents contents = new Contents();
        int next = 0; // medium
        for (int cell = 0; cell < cells.length; ) {
            if (next < media.size() && media.get(next).cell() == cell) {
                Media item = media.get(next++);
                if (item.tokens() < 1 || item.positions() < 1 || item.tokens() > cells.length - cell) {
                    throw new IllegalArgumentException("no room for " + item + " in " + cells.length + " cells");
                }
                contents.add(item);
                cell += item.tokens();
            } else {
                if (cells[cell] < 0) {
                    throw new IllegalArgumentException("cell " + cell + " holds neither a token nor a picture");
                }
                contents.add(cells[cell++]);
            }
        }
        if (next != media.size()) {
            throw new IllegalArgumentException("no cell begins " + media.get(next));
        }
        return contents;
    }

    public Contents copy() {
        Contents copy = new Contents();
        copy.become(this);
        return copy;
    }

    void become(Contents other) {
        cells = Arrays.copyOf(other.cells, Math.max(FIRST_CAPACITY, other.size));
        size = other.size;
        media.clear();
        media.addAll(other.media);
    }

    /// Becomes the first cells of another one; `count` [#isBetween] there.
    void becomeBeginning(Contents other, int count) {
        cells = Arrays.copyOf(other.cells, Math.max(FIRST_CAPACITY, count));
        size = count;
        media.clear();
        other.media.stream().filter(item -> item.cell() < count).forEach(media::add);
    }

    /// Cells taken.
    public int size() {
        return size;
    }

    /// The media in it, in order.
    public List<Media> media() {
        return media;
    }

    /// The id of a cell's token, or a negative number for a medium.
    public int cell(int index) {
        return cells[index];
    }

    /// The position of a cell, or of the next one when it is the size.
    public int position(int cell) {
        int position = cell;
        for (int i = 0; i < media.size() && media.get(i).cell() < cell; i++) {
            position += media.get(i).positions() - media.get(i).tokens();
        }
        return position;
    }

    public void add(int token) {
        reserve(1);
        cells[size++] = token;
    }

    public void add(TokenizedPrompt.MediaChunk chunk, @Nullable Projector projector) {
        add(new Media(size, chunk.tokens(), chunk.positions(), chunk.contentId(), projector));
    }

    void add(Media item) {
        reserve(item.tokens());
        Arrays.fill(cells, size, size + item.tokens(), -1 - media.size());
        media.add(item);
        size += item.tokens();
    }

    private void reserve(int more) {
        if (size + more > cells.length) {
            cells = Arrays.copyOf(cells, Math.max(size + more, cells.length * 2));
        }
    }

    public void clear() {
        size = 0;
        media.clear();
    }

    /// Whether a cut before this cell leaves all media whole.
    public boolean isBetween(int cell) {
        return cell == size || cells[cell] >= 0 || medium(cell).cell() == cell;
    }

    /// The first cell from here on that [#isBetween], at most the size.
    int nextBetween(int cell) {
        int next = Math.clamp(cell, 0, size);
        while (!isBetween(next)) {
            next++;
        }
        return next;
    }

    /// Forgets everything from a cell on that [#isBetween].
    public void truncate(int cell) {
        remove(cell, size);
    }

    /// Forgets the cells from `from` up to `to`; both [#isBetween].
    void remove(int from, int to) {
        if (to == size) {
            size = from;
            media.removeIf(item -> item.cell() >= from);
            return;
        }
        Contents old = copy();
        size = from;
        media.removeIf(item -> item.cell() >= from);
        for (int cell = to; cell < old.size; cell++) {
            if (old.cells[cell] >= 0) {
                add(old.cells[cell]);
            } else {
                Media item = old.medium(cell);
                add(new Media(size, item.tokens(), item.positions(), item.contentId(), item.projector()));
                cell += item.tokens() - 1;
            }
        }
    }

    private Media medium(int cell) {
        return media.get(-1 - cells[cell]);
    }

    /// How many cells from the beginning are the same in both.
    public int commonPrefix(Contents other) {
        return match(0, other, 0);
    }

    /// How many cells from `cell` on are those of `other` from `otherCell` on. Both begin where media are whole, and so
    /// does what follows.
    int match(int cell, Contents other, int otherCell) {
        int most = Math.min(size - cell, other.size - otherCell);
        int length = 0;
        while (length < most && isSame(cell + length, other, otherCell + length)) {
            length++;
        }
        return length;
    }

    private boolean isSame(int cell, Contents other, int otherCell) {
        int mine = cells[cell];
        int theirs = other.cells[otherCell];
        if (mine >= 0 || theirs >= 0) {
            return mine == theirs;
        }
        Media here = medium(cell);
        Media there = other.medium(otherCell);
        return here.isSame(there) && cell - here.cell() == otherCell - there.cell();
    }

    /// The first cell after `from` at which the longest run begins that is also in `other` from `otherCell` on; -1 when
    /// none has `least` cells.
    int findRun(int from, Contents other, int otherCell, int least) {
        int best = -1;
        int bestLength = least - 1;
        long comparisons = 0;
        for (int cell = from + 1; cell < size - bestLength && comparisons < MOST_COMPARISONS; cell++) {
            if (isBetween(cell)) {
                int length = match(cell, other, otherCell);
                comparisons += length + 1;
                if (length > bestLength) {
                    best = cell;
                    bestLength = length;
                }
            }
        }
        return best;
    }
}
