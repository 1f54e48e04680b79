package io.vlm4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A command that was run in this JVM, and what it printed.
record CommandRun(int code, String out, String err) {
    static CommandRun of(String... arguments) {
        return of(new byte[0], arguments);
    }

    static CommandRun of(List<String> arguments) {
        return of(arguments.toArray(String[]::new));
    }

    static CommandRun of(byte[] in, String... arguments) {
        return of(new Interruption(), in, arguments);
    }

    static CommandRun of(Interruption interruption, byte[] in, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(in), Output.ofResults(out, false), Output.ofMessages(err, false), false);
        int code = new Cli(terminal, interruption).run(arguments);
        return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    JsonNode json() {
        return new JsonMapper().readTree(out);
    }
}
