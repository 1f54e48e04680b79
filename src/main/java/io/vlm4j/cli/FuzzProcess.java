package io.vlm4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The process that `vlm4j fuzz` watches: another one of the same program.
final class FuzzProcess {
    private static final List<String> INHERITED = List.of("vlm4j.home", "vlm4j.native.path");

    private FuzzProcess() {}

    /// What starts it, in whatever working directory.
    static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=hs_err.log",
                "-Xlog:disable",
                "--enable-native-access=ALL-UNNAMED"));
        for (String property : INHERITED) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + Path.of(value).toAbsolutePath());
            }
        }
        String classes = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        command.addAll(List.of("-cp", classes, Main.class.getName(), "fuzz"));
        return command;
    }

    /// Ends this process when the one that started it has ended, which closes our standard input.
    static void endWithParent() {
        Thread.ofPlatform().daemon().name("end-with-parent").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    // nothing is said to us
                }
            } catch (IOException e) {
                // as good as an end
            }
            Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
        });
    }
}
