package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Cancellation;
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
    void generationsAfterItDoNotBegin() {
        Interruption interruption = new Interruption();
        interruption.request();

        assertThat(interruption.newCancellation().isCancelled()).isTrue();
    }
}
