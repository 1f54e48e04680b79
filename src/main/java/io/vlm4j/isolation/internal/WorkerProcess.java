package io.vlm4j.isolation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.isolation.IsolationOptions;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A worker as the application has it: a process, frames to and from it, and what is known of its end.
final class WorkerProcess {
    private static final int BUFFER = 1 << 16;
    private static final int SIGNALLED = 128;
    private static final long LONGEST_END = 10; // seconds until a killed process is gone

    private static final Map<Integer, String> SIGNALS = Map.of(
            1, "SIGHUP", 2, "SIGINT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV",
            15, "SIGTERM");

    private final Process process;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final LastWords lastWords;
    private final Thread listener;
    private final Map<Long, Integer> chats = new LinkedHashMap<>(16, 0.75f, true); // messages that it has
    private volatile String verdict = ""; // why we killed it

    private WorkerProcess(Process process) {
        this.process = process;
        this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER));
        this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
        this.lastWords = new LastWords(process.getErrorStream());
        this.listener = Thread.ofVirtual().name("vlm4j-last-words").start(lastWords);
    }

    /// @throws Vlm4jException.NativeLoad when there is no such command
    static WorkerProcess start(IsolationOptions options) {
        try {
            return new WorkerProcess(new ProcessBuilder(WorkerCommand.of(options)).start());
        } catch (IOException e) {
            throw new Vlm4jException.NativeLoad("no process can be started: " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Conversations that it has by number, the one used longest ago first, and how many messages of each; -1: it must
    /// be told all again.
    Map<Long, Integer> chats() {
        return chats;
    }

    void send(Frame frame) throws IOException {
        synchronized (out) {
            frame.write(out);
        }
    }

    /// Waits for the next frame.
    Frame read() throws IOException {
        return Frame.read(in);
    }

    void kill(String why) {
        if (process.isAlive()) {
            verdict = why;
            process.destroyForcibly();
        }
    }

    /// Asks it to end, kills it when it does not, and waits.
    void end(Duration patience) {
        Thread.ofVirtual().start(this::closeInput); // waits for whoever is writing a request
        if (!hasEnded(patience.toNanos())) {
            process.destroyForcibly();
            hasEnded(TimeUnit.SECONDS.toNanos(LONGEST_END));
        }
    }

    private void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException alreadyGone) {
            // as it should be
        }
    }

    private void drain() {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException alreadyGone) {
            // as it should be
        }
    }

    /// Waits for the end of a worker that no longer listens or answers.
    void bury(String otherwise) {
        if (!hasEnded(TimeUnit.SECONDS.toNanos(LONGEST_END))) {
            kill(otherwise);
            hasEnded(TimeUnit.SECONDS.toNanos(LONGEST_END));
        }
    }

    /// What to throw, now that its output has ended or cannot be understood.
    ///
    /// @param doing what it was at, such as `was answering`
    Vlm4jException.WorkerDied death(String doing, IOException why) {
        if (why instanceof CorruptFrameException) { // a JVM that crashes begins to say so where frames should be
            Thread.ofVirtual().start(this::drain);
        }
        bury(
                why instanceof CorruptFrameException
                        ? "something else wrote on its standard output (" + why.getMessage() + ")"
                        : "its output ended");
        join();
        int status = process.isAlive() ? -1 : process.exitValue();
        String signal =
                lastWords.signal().isEmpty() ? SIGNALS.getOrDefault(status - SIGNALLED, "") : lastWords.signal();
        return new Vlm4jException.WorkerDied(
                "the isolated process " + pid() + " " + doing + " and died" + cause(status, signal),
                status,
                signal,
                lastWords.log(),
                lastWords.report());
    }

    private String cause(int status, String signal) {
        if (!verdict.isEmpty()) {
            return ": it was killed, as " + verdict;
        }
        String of = signal.isEmpty() ? "" : " of " + signal;
        String last = lastWords.log().isEmpty()
                ? ""
                : "; its last words: " + lastWords.log().getLast();
        String hint = signal.equals("SIGKILL") ? ", as it does when the system has no memory left" : "";
        return of + " (exit status " + status + ")" + hint + last;
    }

    private boolean hasEnded(long nanos) {
        boolean interrupted = false;
        try {
            long end = System.nanoTime() + nanos;
            while (true) {
                try {
                    return process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void join() {
        try {
            listener.join(Duration.ofSeconds(LONGEST_END));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
