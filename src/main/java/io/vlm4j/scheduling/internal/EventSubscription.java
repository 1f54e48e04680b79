package io.vlm4j.scheduling.internal;

import io.vlm4j.generation.GenerationEvent;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Tells one subscriber as many events as it asks for, on a virtual thread.
final class EventSubscription implements Flow.Subscription {
    private final EventBuffer buffer;
    private long wanted; // guarded by the buffer, as all that follows
    private boolean cancelled;
    private @Nullable IllegalArgumentException misuse;

    private EventSubscription(EventBuffer buffer) {
        this.buffer = buffer;
    }

    static void start(EventBuffer buffer, Flow.Subscriber<? super GenerationEvent> subscriber) {
        EventSubscription subscription = new EventSubscription(buffer);
        Thread.ofVirtual().name("vlm4j-subscription").start(() -> subscription.deliver(subscriber));
    }

    /// For a subscriber who comes too late.
    static void refuse(Flow.Subscriber<? super GenerationEvent> subscriber) {
        Thread.ofVirtual().name("vlm4j-subscription").start(() -> {
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {}

                @Override
                public void cancel() {}
            });
            subscriber.onError(new IllegalStateException("the generation's events have another reader"));
        });
    }

    private void deliver(Flow.Subscriber<? super GenerationEvent> subscriber) {
        boolean told = false;
        try {
            subscriber.onSubscribe(this);
            for (GenerationEvent event = buffer.next(this); event != null; event = buffer.next(this)) {
                subscriber.onNext(event);
            }
            told = true;
            if (misuse != null) {
                buffer.cancel();
                subscriber.onError(misuse);
            } else if (!cancelled) {
                subscriber.onComplete();
            }
        } catch (InterruptedException | RuntimeException e) {
            buffer.cancel(); // of no effect on a generation that is over
            if (!told && !cancelled) {
                subscriber.onError(e);
            }
        }
    }

    boolean isOver() {
        return cancelled || misuse != null;
    }

    boolean wantsMore() {
        return wanted > 0;
    }

    void delivered() {
        wanted -= wanted == Long.MAX_VALUE ? 0 : 1;
    }

    @Override
    public void request(long n) {
        buffer.change(() -> {
            if (n > 0) {
                wanted = wanted + n < 0 ? Long.MAX_VALUE : wanted + n;
            } else if (misuse == null) {
                misuse = new IllegalArgumentException("a subscriber must ask for 1 event or more, not " + n);
            }
        });
    }

    @Override
    public void cancel() {
        buffer.change(() -> cancelled = true);
        buffer.cancel();
    }
}
