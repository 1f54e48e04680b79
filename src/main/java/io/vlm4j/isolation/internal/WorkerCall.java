package io.vlm4j.isolation.internal;

import io.vlm4j.generation.Cancellation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;

/// A call as the worker has it: the request, and what comes and goes meanwhile. One thread works on it; another, which
/// reads, brings credit, answers and the wish to end.
final class WorkerCall {
    /// Most events that are on their way to a reader who is slow.
    static final int WINDOW = 64;

    private static final int UNBOUNDED = 1 << 30;
    private static final Requests.Answer GONE = new Requests.Answer(false, true, "the turn was cancelled");

    final Frame request;
    final Cancellation cancellation = new Cancellation();
    private final FrameSink out;
    private final Semaphore credit = new Semaphore(WINDOW);
    private final BlockingQueue<Requests.Answer> answers = new ArrayBlockingQueue<>(2);

    /// Where frames go.
    interface FrameSink {
        void send(Frame frame) throws IOException;
    }

    WorkerCall(Frame request, FrameSink out) {
        this.request = request;
        this.out = out;
    }

    // Called by the thread that reads.

    void credit(int events) {
        credit.release(events);
    }

    void answer(Requests.Answer answer) {
        if (!answers.offer(answer)) {
            throw new IllegalStateException("an answer that nobody asked for");
        }
    }

    void cancel() {
        if (cancellation.isCancelled()) {
            return;
        }
        cancellation.cancel();
        credit.release(UNBOUNDED); // what comes now is read over
        answers.offer(GONE);
    }

    // Called by the thread that works.

    /// Waits until the reader has room for an event, and sends it.
    void event(FrameKind kind, byte[] body) {
        credit.acquireUninterruptibly();
        send(kind, body, List.of());
    }

    void send(FrameKind kind, byte[] body, List<byte[]> blobs) {
        try {
            out.send(new Frame(kind, body, blobs));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Requests.Answer ask(Requests.Question question) throws InterruptedException {
        if (cancellation.isCancelled()) {
            return GONE;
        }
        send(FrameKind.QUESTION, Wire.toBytes(question), List.of());
        return answers.take();
    }
}
