package io.vlm4j.torture.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// What callers have opened and may use, closed things among them. Thread-safe.
final class Things {
    private static final int MOST_OF_A_KIND = 4;

    private final List<AutoCloseable> all = new ArrayList<>();

    synchronized <T extends AutoCloseable> Optional<T> any(Class<T> type, SplittableRandom random) {
        List<T> found = all.stream().filter(type::isInstance).map(type::cast).toList();
        return found.isEmpty() ? Optional.empty() : Optional.of(found.get(random.nextInt(found.size())));
    }

    synchronized Optional<AutoCloseable> any(SplittableRandom random) {
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    synchronized boolean hasRoomFor(Class<?> type) {
        return all.stream().filter(type::isInstance).count() < MOST_OF_A_KIND;
    }

    synchronized void add(AutoCloseable thing) {
        all.add(thing);
    }

    synchronized void forget(AutoCloseable thing) {
        all.remove(thing);
    }

    /// Closes everything, in any order, and once more. Nobody is at work, so nothing may be refused.
    synchronized void closeAll(SplittableRandom random) throws Exception {
        for (int round = 0; round < 2; round++) {
            List<AutoCloseable> left = new ArrayList<>(all);
            while (!left.isEmpty()) {
                left.remove(random.nextInt(left.size())).close();
            }
        }
        all.clear();
    }
}
