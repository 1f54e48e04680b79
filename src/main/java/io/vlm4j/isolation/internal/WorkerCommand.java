package io.vlm4j.isolation.internal;

import io.vlm4j.isolation.IsolationOptions;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// How a worker's JVM is called: with this one's classes or modules, and so that it leaves no file behind whatever
/// becomes of it.
final class WorkerCommand {
    private static final String OUR_PROPERTIES = "vlm4j.";
    private static final List<String> PATHS = List.of("vlm4j.home", "vlm4j.native.path");

    private WorkerCommand() {}

    static List<String> of(IsolationOptions options) {
        List<String> command = new ArrayList<>();
        command.add(options.java().toString());
        command.add("-Xmx" + options.heapMegabytes() + "m");
        command.addAll(List.of(
                "-XX:+UseSerialGC", // the work is done in native code
                "-XX:TieredStopAtLevel=1",
                "-XX:+ErrorFileToStderr", // no hs_err file
                "-XX:-CreateCoredumpOnCrash",
                "-XX:-UsePerfData", // no hsperfdata file
                "-XX:+DisableAttachMechanism",
                "-Xlog:disable",
                "-Xlog:all=warning:stderr"));
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(OUR_PROPERTIES))
                .sorted()
                .forEach(name -> command.add("-D" + name + "=" + value(name)));
        addClasses(command);
        int main = command.size() - (Worker.class.getModule().isNamed() ? 2 : 1);
        command.addAll(main, options.jvmArguments());
        return command;
    }

    private static String value(String property) {
        String value = System.getProperty(property);
        return PATHS.contains(property) ? Path.of(value).toAbsolutePath().toString() : value;
    }

    /// The class path, the module path with the same modules, and the class to run.
    private static void addClasses(List<String> command) {
        Module own = Worker.class.getModule();
        path("java.class.path").ifPresent(path -> command.addAll(List.of("-cp", path)));
        if (!own.isNamed()) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add(Worker.class.getName());
            return;
        }
        path("jdk.module.path").ifPresent(path -> command.addAll(List.of("--module-path", path)));
        command.add("--add-modules="
                + ModuleLayer.boot().modules().stream()
                        .map(Module::getName)
                        .sorted()
                        .collect(Collectors.joining(",")));
        command.add("--enable-native-access=" + own.getName());
        command.add("-m");
        command.add(own.getName() + "/" + Worker.class.getName());
    }

    /// A path whose relative parts stay right.
    private static Optional<String> path(String property) {
        String value = System.getProperty(property, "");
        if (value.isEmpty()) {
            return Optional.empty();
        }
        List<String> parts = new ArrayList<>();
        for (String part : value.split(File.pathSeparator, -1)) {
            parts.add(Path.of(part).toAbsolutePath().toString());
        }
        return Optional.of(String.join(File.pathSeparator, parts));
    }
}
