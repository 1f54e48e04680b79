package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SlashCommandTest {
    @Test
    void theFirstWordIsTheCommand() {
        assertThat(SlashCommand.in("/undo")).contains(new SlashCommand.Call(SlashCommand.UNDO, ""));
        assertThat(SlashCommand.in(" /system  Be\nbrief. "))
                .contains(new SlashCommand.Call(SlashCommand.SYSTEM, "Be\nbrief."));
        assertThat(SlashCommand.in("/system\nBe brief."))
                .contains(new SlashCommand.Call(SlashCommand.SYSTEM, "Be brief."));
        assertThat(SlashCommand.in("/quit")).contains(new SlashCommand.Call(SlashCommand.EXIT, ""));
    }

    @Test
    void everythingElseIsNone() {
        assertThat(SlashCommand.in("")).isEmpty();
        assertThat(SlashCommand.in("undo")).isEmpty();
        assertThat(SlashCommand.in("/undone")).isEmpty();
        assertThat(SlashCommand.in("//undo")).isEmpty();
        assertThat(SlashCommand.in("/home/me/a.png")).isEmpty();
    }

    @Test
    void theManualHasEveryCommand() throws IOException {
        String manual = Files.readString(Path.of("docs/cli.md"));
        for (SlashCommand command : SlashCommand.values()) {
            assertThat(manual).contains("`" + command.usage().replace("|", "\\|") + "`");
        }
    }
}
