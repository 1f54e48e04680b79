package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.BadRow;
import io.vlm4j.dataset.BadRowListener;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetSplit;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.OnBadRow;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Rows of a source, all or some, in any order. A position is a place in that order.
public final class IndexedDataset<T> extends AbstractDataset<T> {
    private final Rows<T> rows;
    private final BadRows badRows;
    private final int @Nullable [] order; // null: as they are

    /// What happens with bad rows.
    record BadRows(OnBadRow policy, BadRowListener listener) {}

    private IndexedDataset(Rows<T> rows, BadRows badRows, int @Nullable [] order) {
        this.rows = rows;
        this.badRows = badRows;
        this.order = order;
    }

    /// Rows of which none is bad.
    public static <T> IndexedDataset<T> of(Rows<T> rows) {
        return of(rows, OnBadRow.FAIL, BadRowListener.NONE);
    }

    public static <T> IndexedDataset<T> of(Rows<T> rows, OnBadRow policy, BadRowListener listener) {
        return new IndexedDataset<>(rows, new BadRows(policy, listener), null);
    }

    private IndexedDataset<T> inOrder(int[] newOrder) {
        return new IndexedDataset<>(rows, badRows, newOrder);
    }

    private int count() {
        return order == null ? rows.count() : order.length;
    }

    private int row(int at) {
        return order == null ? at : order[at];
    }

    @Override
    public long size() {
        return count();
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        requirePosition(position);
        if (position > count()) {
            throw new IllegalArgumentException("position " + position + " is behind the end at " + count());
        }
        Rows.Access<T> access = rows.open();
        return new LookaheadCursor<>(position) {
            private int at = (int) position;
            private long bad;

            @Override
            @Nullable
            T read() {
                while (at < count()) {
                    int row = row(at++);
                    try {
                        return access.read(row);
                    } catch (RowRefusal e) {
                        refuse(row, e);
                    }
                }
                return null;
            }

            private void refuse(int row, RowRefusal refusal) {
                ExampleOrigin origin = access.origin(row);
                BadRow badRow = new BadRow(origin.file(), origin.row(), refusal.reason());
                badRows.listener().onBadRow(badRow, ++bad);
                if (badRows.policy() == OnBadRow.FAIL) {
                    throw new InvalidFile(badRow.toString(), refusal.getCause());
                }
            }

            @Override
            long reached() {
                return at;
            }

            @Override
            void release() {
                access.close();
            }
        };
    }

    @Override
    public Dataset<T> shuffle(long seed, int buffer) {
        requireBuffer(buffer);
        Random random = Seeds.random(seed);
        if (rows.isRandomAccess()) {
            int[] newOrder = order();
            shuffle(newOrder, random);
            return inOrder(newOrder);
        }
        return new BufferedShuffle<>(inOrder(shuffledBlocks(random)), random.nextLong(), buffer);
    }

    private int[] order() {
        int[] copy = new int[count()];
        Arrays.setAll(copy, this::row);
        return copy;
    }

    private static void shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[other];
            values[other] = value;
        }
    }

    /// Our order with the runs of rows that are read together permuted.
    private int[] shuffledBlocks(Random random) {
        int[] old = order();
        int[] starts = new int[old.length + 1];
        int blocks = 0;
        for (int i = 0; i < old.length; i++) {
            if (i == 0 || rows.block(old[i]) != rows.block(old[i - 1])) {
                starts[blocks++] = i;
            }
        }
        starts[blocks] = old.length;
        int[] shuffled = new int[blocks];
        Arrays.setAll(shuffled, i -> i);
        shuffle(shuffled, random);
        int[] result = new int[old.length];
        int at = 0;
        for (int block : shuffled) {
            int length = starts[block + 1] - starts[block];
            System.arraycopy(old, starts[block], result, at, length);
            at += length;
        }
        return result;
    }

    @Override
    public DatasetSplit<T> split(double test, long seed) {
        requireShare(test);
        int[] places = new int[count()];
        Arrays.setAll(places, i -> i);
        shuffle(places, Seeds.random(seed));
        int border = Math.toIntExact(Math.round(test * places.length));
        return new DatasetSplit<>(
                part(Arrays.copyOfRange(places, border, places.length)), part(Arrays.copyOf(places, border)));
    }

    private IndexedDataset<T> part(int[] places) {
        Arrays.sort(places);
        Arrays.setAll(places, i -> row(places[i]));
        return inOrder(places);
    }

    /// Where bad rows are passed over, only reading tells which rows are the first.
    @Override
    public Dataset<T> take(long count) {
        return badRows.policy() == OnBadRow.SKIP || count < 0 ? super.take(count) : slice(0, count);
    }

    @Override
    public Dataset<T> skip(long count) {
        return badRows.policy() == OnBadRow.SKIP || count < 0 ? super.skip(count) : slice(count, count());
    }

    private IndexedDataset<T> slice(long from, long to) {
        int end = (int) Math.min(to, count());
        int begin = (int) Math.min(from, end);
        return inOrder(Arrays.copyOfRange(order(), begin, end));
    }
}
