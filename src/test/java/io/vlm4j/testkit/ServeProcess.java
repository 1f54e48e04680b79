package io.vlm4j.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// `./vlm4j serve` as a process of its own, at a free port unless the arguments say otherwise.
///
/// - **Owner**: whoever started it.
/// - **Threads**: thread-safe.
/// - **Close**: ends the process, the hard way if it runs yet.
public final class ServeProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("vlm4j: serving .* at (https?://\\S+)");

    /// What a process holds, the heap after a collection. Sizes in KiB.
    public record Holdings(long resident, long heap, int threads, int descriptors) {}

    private final Process process;
    private final URI address;
    private final StringBuffer said = new StringBuffer();
    private final Thread reader;

    private ServeProcess(Map<String, String> environment, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(tool("java"));
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g", "--enable-native-access=ALL-UNNAMED"));
        String natives = System.getProperty("vlm4j.native.path");
        if (natives != null) {
            command.add("-Dvlm4j.native.path=" + natives);
        }
        command.add("-Dvlm4j.home=" + Path.of("").toAbsolutePath());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.vlm4j.cli.Main", "serve"));
        if (!arguments.contains("--port")) {
            command.addAll(List.of("--port", "0"));
        }
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        try {
            process = builder.start();
            BufferedReader errors =
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
            address = address(errors);
            reader = Thread.ofPlatform().daemon().start(() -> readOn(errors)); // or it would block
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public static ServeProcess start(String... arguments) {
        return start(Map.of(), arguments);
    }

    /// @param environment besides this process's own
    public static ServeProcess start(Map<String, String> environment, String... arguments) {
        return new ServeProcess(environment, List.of(arguments));
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private URI address(BufferedReader errors) throws IOException {
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            said.append(line).append('\n');
            Matcher found = ADDRESS.matcher(line);
            if (found.matches()) {
                return URI.create(found.group(1));
            }
        }
        throw new AssertionError("it does not serve: " + said);
    }

    private void readOn(BufferedReader errors) {
        try {
            for (String line = errors.readLine(); line != null; line = errors.readLine()) {
                if (!line.contains("io.vlm4j.server.access") || said.length() < 1_000_000) {
                    said.append(line).append('\n');
                }
            }
        } catch (IOException e) {
            // it has ended
        }
    }

    public URI address() {
        return address;
    }

    public Process process() {
        return process;
    }

    /// All that it wrote to standard error so far.
    public String said() {
        return said.toString();
    }

    /// Waits for its end.
    ///
    /// @return the exit code
    public int await() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + said);
        }
        reader.join();
        return process.exitValue();
    }

    /// What the process holds; on Linux.
    public Holdings holdings() throws IOException, InterruptedException {
        jcmd("GC.run");
        Matcher heap = Pattern.compile("(\\d+)K, used (\\d+)K").matcher(jcmd("GC.heap_info"));
        long used = 0;
        while (heap.find()) {
            used += Long.parseLong(heap.group(2));
        }
        Path proc = Path.of("/proc", Long.toString(process.pid()));
        String status = Files.readString(proc.resolve("status"));
        try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
            return new Holdings(
                    number("VmRSS", status), used, (int) number("Threads", status), (int) descriptors.count());
        }
    }

    private static long number(String name, String status) {
        Matcher found = Pattern.compile("(?m)^" + name + ":\\s+(\\d+)").matcher(status);
        return found.find() ? Long.parseLong(found.group(1)) : -1;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(tool("jcmd"), Long.toString(process.pid()), command)
                .redirectErrorStream(true)
                .start();
        String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        asked.waitFor();
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
