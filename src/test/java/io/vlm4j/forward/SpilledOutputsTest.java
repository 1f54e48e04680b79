package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Outputs that are more than the memory that is allowed.
@Tag("native")
@Tag("model")
class SpilledOutputsTest {
    private static final Outputs ALL = Outputs.of(Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS);

    /// More than the context takes, less than it and the attentions of 600 positions (17 MB).
    private static final long LIMIT = 10_000_000;

    @TempDir
    private Path folder;

    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ForwardInput input(int length) {
        return ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(
                        new Random(3).ints(length, 10, GoldenInputs.VOCABULARY).toArray())
                .build();
    }

    private static ForwardOptions options(long limit) {
        return ForwardOptions.exact().withThreads(1).withMemoryLimit(limit);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void theyLieInAFileAndAreTheSame() throws IOException {
        try (ForwardPass pass = ForwardPass.open(model, options(LIMIT).withSpill(folder));
                ForwardPass roomy = ForwardPass.open(model, options(0));
                ForwardOutput expected = roomy.forward(input(600), ALL);
                ForwardOutput spilled = pass.forward(input(600), ALL)) {
            assertThat(files()).hasSize(1);
            assertThat(Files.size(files().getFirst())).isGreaterThan(17_000_000);
            SequencedMap<String, Tensor> tensors = expected.tensors();
            assertThat(spilled.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
            spilled.tensors()
                    .forEach((name, tensor) -> assertThat(
                                    tensor.segment().mismatch(tensors.get(name).segment()))
                            .as(name)
                            .isEqualTo(-1));
            Path saved = folder.resolve("saved.safetensors");
            spilled.saveSafetensors(saved);
            try (Safetensors read = Safetensors.open(saved)) {
                assertThat(read.tensor("attentions.2").toFloatArray())
                        .isEqualTo(expected.attentions().get(2).toFloatArray());
            }
            Files.delete(saved);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void whatHasRoomStaysInMemory() throws IOException {
        try (ForwardPass pass = ForwardPass.open(model, options(LIMIT).withSpill(folder));
                ForwardOutput output = pass.forward(input(20), ALL)) {
            assertThat(output.attentions()).hasSize(3);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void aPassThatFailsLeavesNoFile() throws IOException {
        try (ForwardPass pass = ForwardPass.open(model, options(LIMIT).withSpill(folder))) {
            pass.interrupt();

            assertThatThrownBy(() -> pass.forward(input(600), ALL)).isInstanceOf(Vlm4jException.Cancelled.class);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void theNumbersAreInTheRefusal() {
        try (ForwardPass strict = ForwardPass.open(model, options(LIMIT));
                ForwardPass tiny = ForwardPass.open(model, options(1000).withSpill(folder));
                ForwardPass nowhere = ForwardPass.open(model, options(LIMIT).withSpill(folder.resolve("none")))) {
            assertThatThrownBy(() -> strict.forward(input(600), ALL))
                    .isInstanceOf(Vlm4jException.Inference.class)
                    .hasMessageContaining("attentions 0.016 GiB")
                    .hasMessageContaining("0.009 GiB allowed")
                    .hasMessageContaining("spill");
            assertThatThrownBy(() -> tiny.forward(input(600), ALL))
                    .isInstanceOf(Vlm4jException.Inference.class)
                    .hasMessageContaining("but the context cannot");
            assertThatThrownBy(() -> nowhere.forward(input(600), ALL))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("none");
        }
    }
}
