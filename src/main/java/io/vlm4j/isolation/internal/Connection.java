package io.vlm4j.isolation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.isolation.AdapterFiles;
import io.vlm4j.isolation.IsolationOptions;
import io.vlm4j.model.LoadListener;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The application's end: a worker, made anew when the one before is dead, and one call at a time. A call that was left
/// unfinished is over when the next begins.
///
/// Thread rule: one thread at a time begins and reads calls, and a second gets an [IllegalStateException]; closing and
/// cancelling are for any thread.
public final class Connection implements AutoCloseable {
    private final String name;
    private final Requests.Open open;
    private final IsolationOptions options;
    private final ReentrantLock use = new ReentrantLock(); // held while something is sent or awaited
    private @Nullable RemoteCall current; // guarded by use
    private AdapterFiles adapters = AdapterFiles.none(); // guarded by use
    private @Nullable WorkerProcess worker; // written under the monitor
    private int started; // written under the monitor
    private volatile boolean closed;

    /// What a request says to this worker; media go into the list.
    interface Content {
        Object of(WorkerProcess worker, List<byte[]> blobs);
    }

    private Connection(Requests.Open open, IsolationOptions options) {
        this.name = "isolated model '" + open.model() + "'";
        this.open = open;
        this.options = options;
    }

    /// Starts a worker and has it open a model.
    ///
    /// @throws Vlm4jException as opening it in this process does
    /// @throws Vlm4jException.WorkerDied when the worker did not survive that
    /// @throws IllegalArgumentException when an option cannot cross
    public static Connection open(Path model, Optional<Path> mmproj, VlmOptions options, IsolationOptions isolation) {
        Wire.check(options);
        Requests.Open request = new Requests.Open(
                model.toAbsolutePath().toString(),
                mmproj.map(file -> file.toAbsolutePath().toString()),
                options);
        Connection connection = new Connection(request, isolation);
        connection.use.lock();
        try {
            connection.alive();
            return connection;
        } finally {
            connection.use.unlock();
        }
    }

    /// The process that is there now; none when it has died, or was never needed since.
    public synchronized OptionalLong pid() {
        WorkerProcess process = worker;
        return process == null || !process.isAlive() ? OptionalLong.empty() : OptionalLong.of(process.pid());
    }

    /// How many processes there have been.
    public synchronized int started() {
        return started;
    }

    boolean isClosed() {
        return closed;
    }

    Duration patience() {
        return options.patience();
    }

    /// Begins a call. A worker that died meanwhile is replaced; one that dies before it could take the request, too.
    RemoteCall begin(FrameKind kind, Content content, Cancellation cancellation) {
        claim();
        try {
            endUnfinished();
            WorkerProcess process = alive();
            try {
                return begin(process, kind, content, cancellation);
            } catch (IOException itDied) {
                process.bury("its input ended");
            }
            WorkerProcess fresh = alive();
            try {
                return begin(fresh, kind, content, cancellation);
            } catch (IOException itDiedToo) {
                throw died(fresh, "was about to answer", itDiedToo);
            }
        } finally {
            use.unlock();
        }
    }

    private void endUnfinished() {
        RemoteCall unfinished = current;
        if (unfinished != null) {
            unfinished.supersede();
            current = null;
        }
    }

    private RemoteCall begin(WorkerProcess process, FrameKind kind, Content content, Cancellation cancellation)
            throws IOException {
        List<byte[]> blobs = new ArrayList<>();
        byte[] body = Wire.toBytes(content.of(process, blobs));
        process.send(new Frame(kind, body, blobs));
        RemoteCall call = new RemoteCall(this, process, cancellation);
        current = call;
        call.listen();
        return call;
    }

    /// Makes this thread the one that uses the worker, until it unlocks [#use()].
    ///
    /// @throws IllegalStateException when it is closed, or another thread is at it
    void claim() {
        if (closed) {
            throw new IllegalStateException("the " + name + " is closed");
        }
        if (use.isHeldByCurrentThread()) {
            throw new IllegalStateException("a listener cannot use the " + name + " that tells it");
        }
        if (!use.tryLock()) {
            throw new IllegalStateException("the " + name + " is in use by another thread");
        }
    }

    ReentrantLock use() {
        return use;
    }

    /// The exception for a worker whose output has ended.
    RuntimeException died(WorkerProcess process, String doing, IOException why) {
        if (closed) {
            return new IllegalStateException("the " + name + " was closed while it " + doing, why);
        }
        return process.death(doing, why);
    }

    private WorkerProcess alive() {
        WorkerProcess process = worker;
        if (process != null && process.isAlive()) {
            return process;
        }
        if (process != null) {
            process.end(options.patience()); // frees its pipes
        }
        WorkerProcess fresh = start();
        try {
            load(fresh);
            if (!adapters.isEmpty()) {
                adapt(fresh, adapters);
            }
            return fresh;
        } catch (IOException e) {
            throw died(fresh, "was loading its model", e);
        } catch (Throwable t) {
            fresh.kill("its model was not loaded");
            throw t;
        }
    }

    private synchronized WorkerProcess start() {
        if (closed) {
            throw new IllegalStateException("the " + name + " is closed");
        }
        WorkerProcess fresh = WorkerProcess.start(options);
        worker = fresh;
        started++;
        return fresh;
    }

    private void load(WorkerProcess fresh) throws IOException {
        fresh.send(new Frame(FrameKind.OPEN, Wire.toBytes(open)));
        while (true) {
            Frame frame = fresh.read();
            switch (frame.kind()) {
                case RESULT -> {
                    return;
                }
                case FAILURE -> throw Wire.read(frame.body(), WireFailure.class).exception();
                default -> {
                    Requests.Progress progress = Wire.read(frame.body(), Requests.Progress.class);
                    if (!listener(progress).onProgress(progress.fraction())) {
                        throw new Vlm4jException.Cancelled("loading the " + name + " was cancelled");
                    }
                }
            }
        }
    }

    /// Has this worker and those after it compute with other adapters.
    ///
    /// @throws Vlm4jException as opening them in this process does, with all as it was
    public void use(AdapterFiles wanted) {
        Objects.requireNonNull(wanted, "adapters");
        claim();
        try {
            endUnfinished();
            WorkerProcess process = alive();
            try {
                adapt(process, wanted);
            } catch (IOException e) {
                throw died(process, "was opening adapters", e);
            }
            adapters = wanted;
        } finally {
            use.unlock();
        }
    }

    private static void adapt(WorkerProcess process, AdapterFiles wanted) throws IOException {
        process.send(new Frame(FrameKind.ADAPT, Wire.toBytes(Requests.Adapt.of(wanted))));
        Frame answer = process.read();
        if (answer.kind() == FrameKind.FAILURE) {
            RuntimeException failure =
                    Wire.read(answer.body(), WireFailure.class).exception();
            if (failure instanceof Vlm4jException.NativeAbort) {
                process.kill("a native assertion failed in it");
            }
            throw failure;
        }
    }

    private LoadListener listener(Requests.Progress progress) {
        return progress.projector()
                ? open.options().projector().listener()
                : open.options().model().listener();
    }

    /// Ends the worker, and with it what it is at. Later calls do nothing.
    @Override
    public void close() {
        WorkerProcess process;
        synchronized (this) {
            closed = true;
            process = worker;
        }
        if (process != null) {
            process.end(options.patience());
        }
    }

    @Override
    public String toString() {
        return name + (closed ? " (closed)" : "");
    }
}
