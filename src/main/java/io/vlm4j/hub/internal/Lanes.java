package io.vlm4j.hub.internal;

import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Several things at a time: all, or the first failure, after which the others are interrupted and awaited.
final class Lanes {
    private Lanes() {}

    static <T> void each(int width, List<T> items, Consumer<T> work) {
        int lanes = Math.min(width, items.size());
        if (lanes <= 1) {
            items.forEach(work);
            return;
        }
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletionService<Boolean> done = new ExecutorCompletionService<>(threads);
            for (int lane = 0; lane < lanes; lane++) {
                done.submit(() -> {
                    for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                        work.accept(items.get(i));
                    }
                    return true;
                });
            }
            try {
                for (int lane = 0; lane < lanes; lane++) {
                    done.take().get();
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw Pause.interrupted();
            } catch (ExecutionException e) {
                threads.shutdownNow();
                switch (e.getCause()) {
                    case RuntimeException failure -> throw failure;
                    case Error failure -> throw failure;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }
    }
}
