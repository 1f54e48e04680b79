package io.vlm4j.natives.mtmd;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the vision tower really gets, read from the first node of its graph.
@Tag("native")
@Tag("model")
class PixelValuesTest {
    @Test
    void equalTransformersForASquarePicture() {
        try (Golden golden = Golden.open("llava/single")) {
            assertThat(Differences.maxAbs(
                            seen(ImageInput.of(Golden.resource("llava/sq56.png"))), golden.floats("pixel_values")))
                    .isZero();
        }
    }

    /// llama.cpp alone would pad it.
    @Test
    void areThoseOfTheImageProcessorForAnyPicture() {
        PixelValues values = ImageProcessor.clip(56).process(ImageInput.of(Golden.resource("processing/100x70.png")));

        assertThat(Differences.maxAbs(seen(values.image(0)), values.values().toFloatArray()))
                .isZero();
    }

    private static float[] seen(ImageInput image) {
        List<float[]> seen = new ArrayList<>();
        EvalObserver observer = new EvalObserver() {
            @Override
            public boolean before(GraphTensor node) {
                if (node.isImageToColumns()) {
                    seen.add(node.source(1).floats());
                }
                return false;
            }

            @Override
            public void after(GraphTensor node) {}
        };
        try (Model model = Model.open(TestModels.tinyLlava());
                Arena arena = Arena.ofShared()) {
            Callbacks callbacks = new Callbacks();
            MtmdProjectors.Parameters parameters =
                    new MtmdProjectors.Parameters(false, 1, false, 0, 0, EvalObserver.stub(observer, callbacks, arena));
            MemorySegment nativeModel = ((ModelImpl) model).handle().segment();
            try (NativeHandle projector = MtmdProjectors.load(
                            TestModels.tinyLlavaProjector(), nativeModel, parameters, fraction -> true);
                    Pixels pixels = image.decode();
                    NativeHandle chunks = MtmdChunks.tokenize(
                            projector.segment(),
                            List.of(new MtmdChunks.Part.Image(pixels.width(), pixels.height(), pixels.segment())),
                            false)) {
                MtmdProjectors.encode(
                        projector.segment(),
                        MtmdChunks.chunk(chunks.segment(), 0),
                        arena.allocate(ValueLayout.JAVA_FLOAT, 16L * 64));
                callbacks.rethrow();
            }
            assertThat(seen).hasSize(1);
            return seen.getFirst();
        }
    }
}
