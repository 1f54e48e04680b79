package io.vlm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlVectorTest {
    @TempDir
    private Path folder;

    private Path path() {
        return folder.resolve("vector.gguf");
    }

    private static GgufWriter writer() {
        return GgufWriter.create()
                .put("general.architecture", "controlvector")
                .put("controlvector.model_hint", "llama")
                .put("controlvector.layer_count", GgufValue.i32(2));
    }

    private static GgufWriter add(GgufWriter writer, String name, float... numbers) {
        return writer.tensor(name, GgmlType.F32, Shape.of(numbers.length), MemorySegment.ofArray(numbers));
    }

    private void refused(GgufWriter writer, String... inMessage) {
        writer.write(path());
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> ControlVector.read(path()))
                .withMessageContaining("vector.gguf")
                .withMessageContainingAll(inMessage);
    }

    @Test
    void aFileIsReadAsItsDirections() {
        add(add(writer(), "direction.3", 1, 2), "direction.1", -3, 4).write(path());
        ControlVector vector = ControlVector.read(path());

        assertThat(vector.embeddingSize()).isEqualTo(2);
        assertThat(vector.layers()).containsExactly(1, 3);
        assertThat(vector.direction(1)).containsExactly(-3, 4);
        assertThat(vector.direction(2)).containsExactly(0, 0);
        assertThat(vector.direction(3)).containsExactly(1, 2);
        assertThat(vector).isEqualTo(ControlVector.of(new float[][] {{-3, 4}, {}, {1, 2}}));
        assertThat(vector).hasToString("ControlVector[layers 1 to 3, 2 numbers each]");
    }

    @Test
    void filesThatAreNone() {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> ControlVector.read(Path.of("no/such/vector.gguf")))
                .withMessageContaining("no/such/vector.gguf");
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> ControlVector.read(TestModels.tinyLlava()))
                .withMessageContaining("llama");
        refused(writer(), "without directions");
        refused(add(writer(), "direction.0", 1, 2), "direction.0");
        refused(add(writer(), "direction.4097", 1, 2), "direction.4097");
        refused(add(writer(), "direction.one", 1, 2), "direction.one");
        refused(add(writer(), "direction.2", 1, Float.NaN), "direction.2", "NaN");
        refused(add(add(writer(), "direction.1", 1, 2), "direction.2", 1, 2, 3), "direction.2", "3");
        refused(writer().tensor("direction.1", GgmlType.F16, Shape.of(2), MemorySegment.ofArray(new short[2])), "F16");
        refused(
                writer().tensor("direction.1", GgmlType.F32, Shape.of(2, 2), MemorySegment.ofArray(new float[4])),
                "[2, 2]");
    }

    @Test
    void vectorsAreAddedScaledAndCut() {
        ControlVector a = ControlVector.of(new float[][] {{1, 2}, {3, 4}});
        ControlVector b = ControlVector.of(Map.of(2, new float[] {10, 20}, 5, new float[] {7, 8}));
        ControlVector sum = a.plus(b.scaledBy(-2));

        assertThat(sum.layers()).containsExactly(1, 2, 5);
        assertThat(sum.direction(2)).containsExactly(-17, -36);
        assertThat(sum.direction(5)).containsExactly(-14, -16);
        assertThat(sum.onLayers(2, 4)).isEqualTo(ControlVector.of(Map.of(2, new float[] {-17, -36})));
        assertThat(a).isEqualTo(ControlVector.of(new float[][] {{1, 2}, {3, 4}}));
        assertThat(a).hasSameHashCodeAs(ControlVector.of(new float[][] {{1, 2}, {3, 4}}));
        assertThat(a).isNotEqualTo(b);
    }

    @Test
    void aVectorDoesNotChangeWithTheArraysThatItWasMadeOf() {
        float[][] directions = {{1, 2}};
        ControlVector vector = ControlVector.of(directions);
        directions[0][0] = 100;
        vector.direction(1)[1] = 100;

        assertThat(vector.direction(1)).containsExactly(1, 2);
    }

    @Test
    void numbersThatMakeNoVector() {
        assertThatIllegalArgumentException().isThrownBy(() -> ControlVector.of(new float[0][]));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlVector.of(new float[][] {{}, {}}));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlVector.of(new float[][] {{1}, {1, 2}}));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlVector.of(Map.of(0, new float[] {1})));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlVector.of(Map.of(1, new float[0])));
        ControlVector vector = ControlVector.of(new float[][] {{Float.MAX_VALUE}});
        assertThatIllegalArgumentException().isThrownBy(() -> vector.scaledBy(Float.NaN));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vector.scaledBy(2))
                .withMessageContaining("Infinity");
        assertThatIllegalArgumentException().isThrownBy(() -> vector.plus(vector));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.plus(ControlVector.of(new float[][] {{1, 2}})));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.onLayers(2, 9));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.onLayers(2, 1));
    }

    @Test
    @Tag("native")
    @Tag("model")
    void aVectorFitsModelsOfItsWidthAndDepth() {
        try (Model model = Model.open(TestModels.tinyLlava())) {
            ControlVector.of(Map.of(2, new float[64])).requireFits(model);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ControlVector.of(Map.of(2, new float[63])).requireFits(model))
                    .withMessageContaining("63")
                    .withMessageContaining("64");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ControlVector.of(Map.of(3, new float[64])).requireFits(model))
                    .withMessageContaining("layer 3");
        }
    }
}
