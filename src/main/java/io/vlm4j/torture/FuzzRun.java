package io.vlm4j.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs cases in another process, notices when it dies, hangs, or takes too much memory, keeps what it was at work on,
/// and goes on with the next case in a new process.
public final class FuzzRun {
    private static final long POLL = 200;
    private static final Path MEMORY_FOLDER = Path.of("/dev/shm");

    private final FuzzOptions options;
    private final CaseRange range;
    private final Consumer<String> progress;
    private final long began = System.nanoTime();
    private final SortedMap<String, Integer> refused = new TreeMap<>();
    private final List<Offence> offences = new ArrayList<>();
    private int accepted;
    private int done;
    private int slow;
    private int workers;
    private int longest;
    private long first;
    private long end;

    private FuzzRun(FuzzOptions options, CaseRange range, Consumer<String> progress) {
        this.options = options;
        this.range = range;
        this.progress = progress;
    }

    /// Runs the cases of a kind that the options ask for.
    ///
    /// @param progress told in a few words how far it has come
    public static KindReport of(FuzzKind kind, FuzzOptions options, Consumer<String> progress)
            throws IOException, InterruptedException {
        return of(new CaseRange(kind, options.seed(), 0, options.cases() - 1), options, progress);
    }

    /// Runs some cases again.
    public static KindReport of(CaseRange range, FuzzOptions options, Consumer<String> progress)
            throws IOException, InterruptedException {
        return new FuzzRun(options, range, progress).run();
    }

    private KindReport run() throws IOException, InterruptedException {
        Path folder = newFolder();
        try {
            int next = range.first();
            while (next <= range.last() && !isOver()) {
                next = work(range.from(next), folder) + 1;
            }
        } finally {
            delete(folder);
        }
        return new KindReport(
                range.kind(),
                done,
                accepted,
                refused,
                List.copyOf(offences),
                slow,
                workers,
                first,
                end,
                Duration.ofNanos(System.nanoTime() - began));
    }

    private boolean isOver() {
        return System.nanoTime() - began > options.time().toNanos();
    }

    /// One worker, until it is done or has to be replaced.
    ///
    /// @return the last case that it began
    private int work(CaseRange rest, Path folder) throws IOException, InterruptedException {
        workers++;
        try (Worker worker = new Worker(Worker.command(options.command(), rest, options, folder), folder)) {
            int current = rest.first() - 1;
            boolean running = false;
            Patience patience = new Patience(worker, options.hang());
            long early = 0;
            while (true) {
                Line line = worker.next(POLL);
                if (line.equals(Line.SILENCE)) {
                    if (patience.isOver(running)) {
                        requireBegun(current >= rest.first(), worker);
                        hung(worker, rest, current, folder);
                        return current;
                    }
                    if (worker.memory() > options.memory()) {
                        offend(worker, rest, current, folder, Offence.What.GREW, "over " + options.memory() + " bytes");
                        return current;
                    }
                    continue;
                }
                if (line.equals(Line.OVER)) {
                    int code = worker.exitCode();
                    if (code == 0 && !running) {
                        return current;
                    }
                    requireBegun(current >= rest.first(), worker);
                    offend(worker, rest, current, folder, Offence.What.DIED, "exit code " + code);
                    return current;
                }
                patience.renew();
                current = line.number();
                running = line.result().isEmpty();
                if (running) {
                    continue;
                }
                count(line.result().orElseThrow(), rest.only(current), rest.first());
                int lived = current - rest.first() + 1;
                if (lived <= Math.max(1, rest.size() / 10)) {
                    early = worker.memory();
                } else if (lived % 50 == 0 || current == rest.last()) {
                    remember(lived, early, worker.memory());
                    if (isOver()) {
                        return rest.last();
                    }
                }
            }
        }
    }

    private void remember(int lived, long early, long now) {
        if (lived > longest) {
            longest = lived;
            first = early;
            end = now;
        }
    }

    private void count(String result, CaseRange replay, int before) {
        done++;
        if (result.equals(Line.ACCEPTED)) {
            accepted++;
        } else if (result.startsWith(Line.WRONG)) {
            offences.add(new Offence(replay, Offence.What.WRONG, result.substring(1), before));
        } else {
            refused.merge(result, 1, Integer::sum);
        }
        if (done % 10 == 0) {
            tell();
        }
    }

    private void tell() {
        progress.accept(range.kind().label() + " " + done + " of " + range.size() + ", " + accepted + " accepted, "
                + offences.size() + " offences");
    }

    private static void requireBegun(boolean begun, Worker worker) {
        if (!begun) {
            throw new IllegalStateException("the worker does not start: " + worker.said());
        }
    }

    /// What hangs only while others use the machine is slow.
    private void hung(Worker worker, CaseRange rest, int current, Path folder)
            throws IOException, InterruptedException {
        String threads = worker.threads();
        worker.close();
        if (rest.size() == 1 || hangsAgain(rest.only(current), folder)) {
            offend(worker, rest, current, folder, Offence.What.HUNG, "over " + options.hang(), threads);
        } else {
            slow++;
            done++;
        }
    }

    private boolean hangsAgain(CaseRange one, Path folder) throws IOException, InterruptedException {
        workers++;
        try (Worker worker = new Worker(Worker.command(options.command(), one, options, folder), folder)) {
            boolean running = false;
            Patience patience = new Patience(worker, options.hang());
            while (true) {
                Line line = worker.next(POLL);
                if (line.equals(Line.SILENCE)) {
                    if (patience.isOver(running)) {
                        return true;
                    }
                } else if (line.equals(Line.OVER)) {
                    return running; // it died, which is no better
                } else {
                    patience.renew();
                    running = line.result().isEmpty();
                }
            }
        }
    }

    private void offend(
            Worker worker, CaseRange rest, int current, Path folder, Offence.What what, String message, String... more)
            throws IOException {
        worker.close();
        Offence offence = new Offence(rest.only(current), what, message, rest.first());
        String errorFile = "";
        Path fatal = folder.resolve("hs_err.log");
        if (Files.exists(fatal)) {
            errorFile = Files.readString(fatal);
            Files.delete(fatal);
        }
        offence.keep(
                options.keep(),
                FuzzWorker.input(folder, range.kind()),
                worker.said() + "\n" + String.join("\n", more) + "\n" + errorFile);
        offences.add(offence);
        done++;
        tell();
    }

    private static Path newFolder() throws IOException {
        if (Files.isWritable(MEMORY_FOLDER)) {
            return Files.createTempDirectory(MEMORY_FOLDER, "vlm4j-fuzz");
        }
        return Files.createTempDirectory("vlm4j-fuzz");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
