package io.vlm4j.scheduling.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.ContextSnapshotImpl;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// What slots held, as copies outside the context, where they make nobody's tokens slower: each token looks at all
/// cells up to the last that is taken, whoever's they are. The oldest go when there is no more room. Of the
/// scheduler's thread.
final class ParkedPrompts implements AutoCloseable {
    private final long capacity;
    private final Deque<ContextSnapshotImpl> parked = new ArrayDeque<>(); // oldest first
    private long bytes;

    /// @param capacity bytes
    ParkedPrompts(long capacity) {
        this.capacity = capacity;
    }

    boolean holdsAny() {
        return capacity > 0;
    }

    /// Whether a copy of so many bytes would be kept at all.
    boolean canHold(long size) {
        return size > 0 && size <= capacity;
    }

    /// Takes a copy over that it [#canHold]. One that is the beginning of another is not worth its room.
    ///
    /// @param cuttable whether the beginning of a copy can be used without its end
    void add(ContextSnapshotImpl copy, boolean cuttable) {
        for (Iterator<ContextSnapshotImpl> all = parked.iterator(); cuttable && all.hasNext(); ) {
            ContextSnapshotImpl other = all.next();
            if (other.adapters().equals(copy.adapters())
                    && other.contents().commonPrefix(copy.contents()) == other.tokens()) {
                all.remove();
                drop(other);
            }
        }
        while (bytes + copy.sizeInBytes() > capacity) {
            drop(parked.removeFirst());
        }
        parked.addLast(copy);
        bytes += copy.sizeInBytes();
    }

    /// What has more of a prompt's beginning than so many cells, and most of all; `null` when nothing has.
    ///
    /// @param cuttable whether the beginning of a copy can be used without its end
    @Nullable
    ContextSnapshotImpl longest(Contents prompt, Adapters adapters, int moreThan, boolean cuttable) {
        ContextSnapshotImpl best = null;
        int longest = moreThan;
        for (ContextSnapshotImpl copy : parked) {
            int common = copy.adapters().equals(adapters) ? copy.contents().commonPrefix(prompt) : 0;
            if (common > longest && (cuttable || common == copy.tokens())) {
                best = copy;
                longest = common;
            }
        }
        return best;
    }

    /// Hands a copy over, to be closed by the caller.
    void remove(ContextSnapshotImpl copy) {
        parked.remove(copy);
        bytes -= copy.sizeInBytes();
    }

    private void drop(ContextSnapshotImpl copy) {
        bytes -= copy.sizeInBytes();
        copy.close();
    }

    @Override
    public void close() {
        parked.forEach(ContextSnapshotImpl::close);
        parked.clear();
        bytes = 0;
    }
}
