package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.model.Model;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model in two parts, as gguf-split writes them.
class ModelPartsTest {
    @TempDir
    private Path folder;

    private int tensors;

    @BeforeEach
    void split() {
        part(0, writer -> {});
        part(1, writer -> {});
    }

    @Test
    void allTensorsOfAllPartsCount() {
        try (GgufFile first = GgufFile.open(path(0))) {
            assertThat(ModelParts.tensors(first)).hasSize(tensors);
        }
        assertThat(GgufHeader.architecture(path(0))).isEqualTo("llama");
    }

    @Test
    @Tag("native")
    @Tag("model")
    void llamaCppLoadsThemAndNothingElseIsDifferent() {
        try (Model model = Model.open(path(0));
                Model whole = Model.open(TestModels.tinyLlava())) {
            assertThat(model.parameters()).isEqualTo(whole.parameters());
            assertThat(model.sizeInBytes()).isEqualTo(whole.sizeInBytes());
        }
    }

    @Test
    void anotherPartThanTheFirstIsRefused() {
        refused(path(1), "part 2 of 2", path(0).toString());
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        Files.delete(path(1));

        refused(path(0), path(1).toString(), "does not exist");
    }

    @Test
    void aPartThatIsCutIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(path(1));
        Files.write(path(1), Arrays.copyOf(whole, whole.length / 2));

        refused(path(0), path(1).toString());
    }

    @Test
    void aPartOfAnotherModelIsRefused() {
        part(1, writer -> writer.put("split.count", new GgufValue.Int(GgufType.U16, 3)));
        refused(path(0), path(1).toString(), "part 2 of 3");

        part(1, writer -> writer.put("split.no", new GgufValue.Int(GgufType.U16, 0)));
        refused(path(0), "part 1 of 2");

        part(1, writer -> writer.remove("split.count"));
        refused(path(0), "it is no part");
    }

    @Test
    void aTensorThatIsInTwoPartsOrInNoneIsRefused() {
        String first = first();
        part(1, writer -> writer.tensor(first, GgmlType.F32, Shape.of(1), MemorySegment.ofArray(new float[1])));
        refused(path(0), path(1).toString(), "is in another part, too");

        part(1, writer -> writer.removeTensor("output_norm.weight").removeTensor("output.weight"));
        refused(path(0), "split.tensors.count is " + tensors);
    }

    @Test
    void aTensorOfTheSecondPartIsCheckedLikeOthers() {
        part(0, writer -> writer.put("llama.feed_forward_length", GgufValue.u32(1)));

        refused(path(0), "tensor 'blk.0.ffn_");
    }

    private static void refused(Path path, String... messages) {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContainingAll(messages);
    }

    private Path path(int index) {
        return folder.resolve("model-0000" + (index + 1) + "-of-00002.gguf");
    }

    private String first() {
        try (GgufFile file = GgufFile.open(path(0))) {
            return file.tensors().firstEntry().getKey();
        }
    }

    /// The first part has all keys and half of the tensors.
    private void part(int index, Consumer<GgufWriter> change) {
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            List<String> names = new ArrayList<>(file.tensors().keySet());
            tensors = names.size();
            GgufWriter writer = GgufWriter.copyOf(file)
                    .put("split.no", new GgufValue.Int(GgufType.U16, index))
                    .put("split.count", new GgufValue.Int(GgufType.U16, 2))
                    .put("split.tensors.count", new GgufValue.Int(GgufType.I32, tensors));
            for (int i = 0; i < tensors; i++) {
                if (i < tensors / 2 != (index == 0)) {
                    writer.removeTensor(names.get(i));
                }
            }
            change.accept(writer);
            writer.write(path(index));
        }
    }
}
