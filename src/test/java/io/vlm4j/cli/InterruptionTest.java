package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Cancellation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptionTest {
    @Test
    void theGenerationUnderWayIsCancelled() {
        Interruption interruption = new Interruption();
        Cancellation cancellation = interruption.newCancellation();
        assertThat(cancellation.isCancelled()).isFalse();

        interruption.request();

        assertThat(cancellation.isCancelled()).isTrue();
        assertThat(interruption.isRequested()).isTrue();
    }

    @Test
    void onlyTheLastWorkIsStopped() {
        Interruption interruption = new Interruption();
        Cancellation first = interruption.newCancellation();
        List<String> stopped = new ArrayList<>();
        interruption.onRequest(() -> stopped.add("second"));

        interruption.request();

        assertThat(stopped).containsExactly("second");
        assertThat(first.isCancelled()).isFalse();
    }

    @Test
    void generationsAfterItDoNotBegin() {
        Interruption interruption = new Interruption();
        interruption.request();

        assertThat(interruption.newCancellation().isCancelled()).isTrue();
    }

    @Test
    void workIsStoppedWithoutWhatComesAfterIt() {
        Interruption interruption = new Interruption();
        interruption.stopWork(); // nothing to stop
        Cancellation first;
        try (Interruption.Work _ = interruption.begin()) {
            first = interruption.newCancellation();
            interruption.stopWork();
        }
        interruption.stopWork();

        assertThat(first.isCancelled()).isTrue();
        assertThat(interruption.newCancellation().isCancelled()).isFalse();
        assertThat(interruption.isRequested()).isFalse();
    }
}
