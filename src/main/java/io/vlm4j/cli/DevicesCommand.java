package io.vlm4j.cli;

import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j devices`: what can models be computed on?
@Command(name = "devices", description = "Lists the devices that models can be computed on.", sortOptions = false)
final class DevicesCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    DevicesCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        NativeRuntime runtime = NativeRuntime.load();
        if (json) {
            root.out().line(Json.text(document(runtime)));
        } else {
            runtime.devices().forEach(device -> root.out().line(line(device)));
        }
        return ExitCode.OK;
    }

    private static String line(Device device) {
        String memory = device.totalMemory() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", %.1f of %.1f GiB free",
                        device.freeMemory() / 0x1p30,
                        device.totalMemory() / 0x1p30);
        return String.format(
                Locale.ROOT,
                "%-8s %s (%s%s)",
                device.name(),
                device.description(),
                Json.name(device.kind()).replace('_', ' '),
                memory);
    }

    private static ObjectNode document(NativeRuntime runtime) {
        ObjectNode document = Json.object().put("libraries", runtime.origin());
        ArrayNode devices = document.putArray("devices");
        runtime.devices()
                .forEach(device -> devices.addObject()
                        .put("name", device.name())
                        .put("description", device.description())
                        .put("kind", Json.name(device.kind()))
                        .put("free_memory_bytes", device.freeMemory())
                        .put("total_memory_bytes", device.totalMemory()));
        return document;
    }
}
