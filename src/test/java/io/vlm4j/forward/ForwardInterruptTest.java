package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A forward pass that another thread ends.
@Tag("native")
@Tag("model")
class ForwardInterruptTest {
    private Model model;
    private ForwardPass pass;

    @BeforeEach
    void open() {
        model = Model.open(TestModels.tinyLlava());
        pass = ForwardPass.open(model, ForwardOptions.exact().withThreads(1));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static ForwardInput input() {
        return ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(new Random(3).ints(1500, 10, GoldenInputs.VOCABULARY).toArray())
                .build();
    }

    @Test
    void itEndsInTheMiddleOfAPieceAndTheNextIsWhole() {
        AtomicInteger layers = new AtomicInteger();
        LayerConsumer interrupting = new LayerConsumer() {
            @Override
            public void onHiddenState(int example, int layer, int position, Tensor rows) {
                if (layers.incrementAndGet() == 2) {
                    Thread other = new Thread(pass::interrupt);
                    other.start();
                    try {
                        other.join();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }
        };
        Outputs hidden = Outputs.of(Output.HIDDEN_STATES);

        assertThatThrownBy(() -> pass.forward(input(), hidden.streaming(interrupting)))
                .isInstanceOf(Vlm4jException.Cancelled.class);
        assertThat(layers.get()).isLessThanOrEqualTo(3);
        try (ForwardOutput output = pass.forward(input(), hidden)) {
            assertThat(output.hiddenStates()).hasSize(4);
        }
    }

    @Test
    void anInterruptionBetweenPassesEndsTheNextOnly() {
        Outputs logits = Outputs.of(Output.LOGITS).withLogitsBetween(0, 1);
        pass.interrupt(); // before there is a context

        assertThatThrownBy(() -> pass.forward(input(), logits)).isInstanceOf(Vlm4jException.Cancelled.class);
        pass.forward(input(), logits).close();
        pass.interrupt();
        assertThatThrownBy(() -> pass.forward(input(), logits)).isInstanceOf(Vlm4jException.Cancelled.class);
        pass.forward(input(), logits).close();
    }
}
