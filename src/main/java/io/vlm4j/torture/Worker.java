package io.vlm4j.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A [FuzzWorker] in a process of its own.
///
/// - **Owner**: whoever started it.
/// - **Threads**: one at a time.
/// - **Close**: ends the process, the hard way if it runs yet.
final class Worker implements AutoCloseable {
    private static final int TAIL = 4000;
    private static final int PAGE = 4096;

    private final Process process;
    private final Path errors;
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();

    /// @param folder for its files
    Worker(List<String> command, Path folder) {
        errors = folder.resolve("stderr");
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectError(errors.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        }
        Thread.ofVirtual().start(this::read);
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Line.parse(line).ifPresent(lines::add);
            }
        } catch (IOException e) {
            // it was ended
        } finally {
            lines.add(Line.OVER);
        }
    }

    /// The next thing that it says.
    ///
    /// @return [Line#SILENCE] when it has said nothing for so long, [Line#OVER] when it will say nothing more
    Line next(long millis) throws InterruptedException {
        Line line = lines.poll(millis, TimeUnit.MILLISECONDS);
        return line == null ? Line.SILENCE : line;
    }

    /// Waits for the end of a process that has ended its output.
    int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    long pid() {
        return process.pid();
    }

    /// Bytes of memory that it takes; 0 where the system does not tell.
    long memory() {
        try {
            String[] pages = Files.readString(Path.of("/proc/" + process.pid() + "/statm"))
                    .split(" ", -1);
            return Long.parseLong(pages[1]) * PAGE;
        } catch (IOException e) {
            return 0;
        }
    }

    /// Milliseconds of processors that it has used.
    long busy() {
        return process.toHandle()
                .info()
                .totalCpuDuration()
                .map(Duration::toMillis)
                .orElse(0L);
    }

    /// The end of what it wrote to standard error.
    String said() {
        try {
            byte[] all = Files.readAllBytes(errors);
            int from = Math.max(0, all.length - TAIL);
            return new String(all, from, all.length - from, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /// Where its threads are.
    String threads() {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jstack");
        if (!Files.isExecutable(tool)) {
            return "";
        }
        try {
            Process asked = new ProcessBuilder(tool.toString(), Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .start();
            String told = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            asked.waitFor();
            return told;
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    static List<String> command(List<String> start, CaseRange range, FuzzOptions options, Path folder) {
        List<String> command = new ArrayList<>(start);
        command.addAll(List.of("--worker", folder.toString(), "--replay", range.toString()));
        command.addAll(List.of("--keep", options.keep().toString()));
        command.addAll(List.of(
                "--model",
                options.model().toString(),
                "--mmproj",
                options.projector().toString()));
        return command;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
