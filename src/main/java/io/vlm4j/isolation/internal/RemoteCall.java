package io.vlm4j.isolation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call as the application has it, from the request on its way to the result.
final class RemoteCall implements AutoCloseable {
    private static final int ACKNOWLEDGED = WorkerCall.WINDOW / 2;
    private static final byte[] EMPTY = new byte[0];

    private final Connection connection;
    private final WorkerProcess worker;
    private final Cancellation cancellation;
    private final boolean cancelledBefore;
    private int unacknowledged;
    private volatile boolean finished;
    private @Nullable String superseded;

    RemoteCall(Connection connection, WorkerProcess worker, Cancellation cancellation) {
        this.connection = connection;
        this.worker = worker;
        this.cancellation = cancellation;
        this.cancelledBefore = cancellation.isCancelled();
    }

    WorkerProcess worker() {
        return worker;
    }

    /// Lets the cancellation reach the worker.
    void listen() {
        cancellation.onCancel(this::cancel);
        if (cancelledBefore || cancellation.isCancelled()) {
            cancel();
        }
    }

    private void cancel() {
        if (finished) {
            return;
        }
        try {
            worker.send(new Frame(FrameKind.CANCEL, EMPTY));
        } catch (IOException itDied) {
            return; // whoever reads sees that
        }
        CompletableFuture.delayedExecutor(connection.patience().toNanos(), TimeUnit.NANOSECONDS)
                .execute(() -> {
                    if (!finished) {
                        worker.kill("a call that was cancelled went on for " + connection.patience());
                    }
                });
    }

    /// Waits for what comes next; a [FrameKind#RESULT] is the last.
    ///
    /// @throws Vlm4jException.WorkerDied when the worker is gone
    Frame next() {
        connection.claim();
        try {
            if (superseded != null) {
                throw new IllegalStateException(superseded);
            }
            return read(false);
        } finally {
            connection.use().unlock();
        }
    }

    private Frame read(boolean leaving) {
        try {
            Frame frame = worker.read();
            switch (frame.kind()) {
                case RESULT -> finish();
                case FAILURE -> {
                    finish();
                    RuntimeException failure =
                            Wire.read(frame.body(), WireFailure.class).exception();
                    if (failure instanceof Vlm4jException.NativeAbort) {
                        worker.kill("a native assertion failed in it"); // the next call gets a whole one
                    }
                    if (!leaving) {
                        throw failure;
                    }
                }
                case TEXT, GENERATION_EVENT, CHAT_EVENT -> acknowledge();
                default -> {}
            }
            return frame;
        } catch (IOException e) {
            finish();
            throw connection.died(worker, "was answering", e);
        }
    }

    private void acknowledge() throws IOException {
        if (++unacknowledged == ACKNOWLEDGED) {
            unacknowledged = 0;
            worker.send(new Frame(FrameKind.CREDIT, EMPTY));
        }
    }

    /// Answers a question.
    void answer(Requests.Answer answer) {
        try {
            worker.send(new Frame(FrameKind.ANSWER, Wire.toBytes(answer)));
        } catch (IOException e) {
            finish();
            throw connection.died(worker, "was answering", e);
        }
    }

    private void finish() {
        finished = true;
        cancellation.onCancel(null);
    }

    boolean isFinished() {
        return finished;
    }

    /// Another call begins. The caller holds the connection's lock.
    void supersede() {
        superseded = "another call of the " + connection + " has begun; this one is over";
        leave();
    }

    /// Leaves the call where it is: the worker is told, and what still comes is read over.
    @Override
    public void close() {
        if (finished || superseded != null) {
            return;
        }
        if (connection.isClosed()) {
            finish();
            return;
        }
        connection.claim();
        try {
            leave();
        } finally {
            connection.use().unlock();
        }
    }

    private void leave() {
        if (finished) {
            return;
        }
        cancel();
        try {
            while (!finished) {
                read(true);
            }
        } catch (RuntimeException itDied) {
            finish(); // nobody asks for it any more
        }
    }
}
