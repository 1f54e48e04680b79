package io.vlm4j.torture.target;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Calls the API in an order that nobody would: two threads share models, contexts, samplers, streams and all else,
/// open, use and close them as they like, and go on using what is closed.
final class CallTarget extends SeededTarget {
    private static final int STEPS = 30;

    private final SeedFiles seeds;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            2, task -> Thread.ofPlatform().daemon().name("caller").unstarted(task));

    CallTarget(SeedFiles seeds) {
        this.seeds = seeds;
    }

    /// An exception of the program's own, thrown where the library calls back.
    static final class Planted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Planted() {
            super("planted");
        }
    }

    @Override
    void use(SplittableRandom random) throws Exception {
        Things things = new Things();
        List<Future<?>> callers = new ArrayList<>();
        try {
            int count = random.nextInt(4) == 0 ? 1 : 2;
            for (int i = 0; i < count; i++) {
                RandomCalls calls = new RandomCalls(seeds, things, random.split());
                callers.add(threads.submit(() -> run(calls)));
            }
            for (Future<?> caller : callers) {
                caller.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalCallOutcome(e);
        } finally {
            things.closeAll(random);
        }
    }

    /// An exception that no documented call gives.
    static final class IllegalCallOutcome extends RuntimeException {
        private static final long serialVersionUID = 1L;

        IllegalCallOutcome(Throwable cause) {
            super(cause);
        }
    }

    private void run(RandomCalls calls) {
        for (int step = 0; step < STEPS; step++) {
            try {
                calls.step();
            } catch (Exception e) {
                if (!isDocumented(e) && !(e instanceof Planted) && !(e instanceof InterruptedException)) {
                    throw new IllegalCallOutcome(e);
                }
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
