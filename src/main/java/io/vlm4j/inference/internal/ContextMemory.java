package io.vlm4j.inference.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.Reuse;
import io.vlm4j.model.Model;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A native context's memory of one sequence, and in step with it what the sequence holds.
final class ContextMemory {
    static final int SEQUENCE = 0;

    /// Fewer cells are not worth being moved: they are as likely there by chance, and evaluated in no time.
    private static final int LEAST_MOVED = 16;

    private final StepEngine engine;
    private final Contents contents = new Contents();

    ContextMemory(StepEngine engine) {
        this.engine = engine;
    }

    Contents contents() {
        return contents;
    }

    int tokens() {
        return contents.size();
    }

    /// The position that the next token gets.
    int position() {
        return contents.position(contents.size());
    }

    void clear() {
        engine.clear();
        contents.clear();
    }

    /// Forgets everything from this cell on. A memory that cannot be cut there is lost as a whole.
    ///
    /// @return whether the rest is still there
    boolean cut(int cell) {
        int position = contents.position(cell);
        if (cell == 0 || !engine.remove(SEQUENCE, position, -1)) {
            clear();
            return cell == 0;
        }
        contents.truncate(cell);
        return true;
    }

    /// Keeps of the memory what may stand for a prompt's beginning, and forgets the rest.
    ///
    /// @return how many cells stand for it
    int keepFor(Contents prompt, Reuse reuse) {
        int kept = reuse == Reuse.NONE ? 0 : contents.commonPrefix(prompt);
        if (reuse == Reuse.MOVED && canMove()) {
            for (int run = contents.findRun(kept, prompt, kept, LEAST_MOVED); run > 0; ) {
                int length = contents.match(run, prompt, kept);
                if (!takeOut(kept, run)) {
                    return 0;
                }
                kept += length;
                run = contents.findRun(kept, prompt, kept, LEAST_MOVED);
            }
        }
        if (kept == prompt.size() && kept > 0 && prompt.cell(kept - 1) >= 0) {
            kept--; // evaluated again for its logits
        }
        return kept == contents.size() || cut(kept) ? kept : 0;
    }

    boolean canMove() {
        return engine.canMove();
    }

    /// Forgets the cells from `from` up to `to` and moves the later ones to where those were.
    ///
    /// @return `false` when the memory cannot be cut there; then all is forgotten
    boolean takeOut(int from, int to) {
        int first = contents.position(from);
        int next = contents.position(to);
        if (!engine.remove(SEQUENCE, first, next)) {
            clear();
            return false;
        }
        engine.move(SEQUENCE, next, first - next);
        contents.remove(from, to);
        return true;
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    ContextSnapshotImpl snapshot(Model model, Adapters adapters) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment state = engine.state(SEQUENCE, engine.stateSize(SEQUENCE), arena);
            return new ContextSnapshotImpl(model, adapters, contents.copy(), arena, state);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /// @return whether it could be taken over; if not, nothing is remembered
    boolean restore(ContextSnapshotImpl snapshot) {
        snapshot.state(); // closed ones are refused before anything is forgotten
        clear();
        if (snapshot.tokens() == 0) {
            return true;
        }
        int last = snapshot.contents().position(snapshot.tokens()) - 1;
        if (!engine.restore(SEQUENCE, snapshot.state()) || engine.lastPosition(SEQUENCE) != last) {
            clear();
            return false;
        }
        contents.become(snapshot.contents());
        return true;
    }
}
