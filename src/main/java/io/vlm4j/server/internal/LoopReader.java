package io.vlm4j.server.internal;

import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.scheduling.internal.ScheduledGenerationImpl;
import io.vlm4j.server.internal.http.ClientGone;
import io.vlm4j.server.internal.http.Exchange;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Takes the events of a generation on the event loop of the connection that they go to: from the scheduler to the
/// socket they change threads once, and those of all connections of a loop that are there at a time wake it once.
final class LoopReader {
    private final ScheduledGenerationImpl generation;
    private final Exchange exchange;
    private final Consumer<GenerationEvent> taker;
    private final CompletableFuture<GenerationEvent.Finished> end = new CompletableFuture<>();
    private final AtomicBoolean woken = new AtomicBoolean();

    private LoopReader(ScheduledGenerationImpl generation, Exchange exchange, Consumer<GenerationEvent> taker) {
        this.generation = generation;
        this.exchange = exchange;
        this.taker = taker;
    }

    /// Waits for the last event.
    ///
    /// @param taker told all but the last, on the event loop; must not block
    /// @throws RuntimeException why the generation or the taker failed
    /// @throws ClientGone       when the server has ended
    static GenerationEvent.Finished read(
            ScheduledGenerationImpl generation, Exchange exchange, Consumer<GenerationEvent> taker) {
        LoopReader reader = new LoopReader(generation, exchange, taker);
        exchange.onReady(reader::wake);
        generation.wake(reader::wake);
        try {
            return reader.end.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// On any thread.
    private void wake() {
        if (woken.compareAndSet(false, true) || exchange.hasEnded()) {
            try {
                exchange.execute(this::takeAll);
            } catch (RejectedExecutionException e) {
                end.completeExceptionally(new ClientGone("the server has ended"));
            }
        }
    }

    /// On the event loop: as much as there is and as the client takes.
    private void takeAll() {
        woken.set(false);
        try {
            while (!end.isDone() && exchange.isReady()) {
                GenerationEvent event = generation.poll();
                if (event == null) {
                    break;
                }
                if (event instanceof GenerationEvent.Finished finished) {
                    end.complete(finished);
                } else {
                    taker.accept(event);
                }
            }
            exchange.flush();
        } catch (Throwable t) {
            end.completeExceptionally(t);
        }
    }
}
