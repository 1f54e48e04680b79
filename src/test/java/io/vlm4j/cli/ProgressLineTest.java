package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Output err = Output.ofMessages(bytes, true);

    @Test
    void theLineIsRewrittenAndGoesAway() {
        ProgressLine line = new ProgressLine(err, true);
        line.show("one");
        line.show("one");
        line.show("two");
        line.clear();
        line.clear();

        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("\r\u001b[Kone\r\u001b[Ktwo\r\u001b[K");
    }

    @Test
    void whereItIsNotWantedNothingIsWritten() {
        ProgressLine line = new ProgressLine(err, false);
        line.show("one");
        line.clear();

        assertThat(bytes.size()).isZero();
    }

    @Test
    void loadingEndsWhenTheUserWantsToLeave() {
        Interruption interruption = new Interruption();
        var listener = new ProgressLine(err, true).loading("a.gguf", interruption);

        assertThat(listener.onProgress(0.1f)).isTrue();
        interruption.request();
        assertThat(listener.onProgress(0.2f)).isFalse();
        assertThat(bytes.size()).as("quick loads are not worth telling").isZero();
    }
}
