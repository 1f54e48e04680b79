package io.vlm4j.training.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.FeatureFolder;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.ForwardImages.Pictures;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the vision tower makes of pictures, kept in a folder.
@Tag("native")
class VisionFeaturesTest {
    private static final long MUCH = 1 << 20;

    @TempDir
    Path folder;

    private interface Use {
        void with(ProjectorImpl projector, List<Pictures> pictures);
    }

    private static void withPictures(Use use) {
        String text;
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            text = file.string("tokenizer.chat_template").orElseThrow();
        }
        try (Model model = Model.open(TestModels.tinyLlava());
                Projector projector = model.openProjector(TestModels.tinyLlavaProjector());
                ChatTemplate template = ChatTemplate.of(model, text)) {
            VisionDataCollator collator =
                    VisionDataCollator.of(Processor.of(projector), template, CollatorOptions.defaults());
            List<VisionExample> examples = VisionDataset.open(Path.of("models/pico-llava/samples/samples.jsonl"))
                    .toList();
            Map<Integer, Pictures> distinct = new LinkedHashMap<>(); // several questions are about the same picture
            for (VisionExample example : examples) {
                Pictures picture = (Pictures) collator.collate(List.of(example))
                        .orElseThrow()
                        .images()
                        .orElseThrow();
                distinct.putIfAbsent(Arrays.hashCode(picture.pixelValues().toFloatArray()), picture);
            }
            use.with(
                    (ProjectorImpl) projector,
                    distinct.values().stream().limit(3).toList());
        }
    }

    private VisionFeatures open(ProjectorImpl projector, long memory, long disk) {
        return new VisionFeatures(projector, memory, Optional.of(new FeatureFolder(projector, folder, disk)));
    }

    @Test
    void theNextRunReadsWhatWasComputedOnce() {
        withPictures((projector, pictures) -> {
            List<float[]> first;
            try (VisionFeatures features = open(projector, 0, MUCH)) {
                first = pictures.stream()
                        .map(picture -> features.of(picture).toFloatArray())
                        .toList();
                assertThat(features.hasComputed()).isTrue();
            }
            assertThat(files()).hasSameSizeAs(pictures);
            try (VisionFeatures features = open(projector, MUCH, MUCH)) {
                for (int i = 0; i < first.size(); i++) {
                    assertThat(features.of(pictures.get(i)).toFloatArray()).containsExactly(first.get(i));
                }
                assertThat(features.hasComputed()).isFalse();
            }
        });
    }

    @Test
    void aFileThatIsDamagedIsComputedAgain() {
        withPictures((projector, pictures) -> {
            float[] first;
            try (VisionFeatures features = open(projector, MUCH, MUCH)) {
                first = features.of(pictures.getFirst()).toFloatArray();
            }
            damage(files().getFirst());
            try (VisionFeatures features = open(projector, MUCH, MUCH)) {
                assertThat(features.of(pictures.getFirst()).toFloatArray()).containsExactly(first);
                assertThat(features.hasComputed()).isTrue();
            }
        });
    }

    @Test
    void theFolderStaysAsSmallAsItShould() {
        withPictures((projector, pictures) -> {
            long one;
            try (VisionFeatures features = open(projector, 0, MUCH)) {
                one = 4L * features.of(pictures.getFirst()).toFloatArray().length;
            }
            long most = 2 * one;
            try (VisionFeatures features = open(projector, 0, most)) {
                pictures.forEach(features::of);
            }
            assertThat(files().stream()
                            .mapToLong(path -> path.toFile().length())
                            .sum())
                    .isBetween(one, most);
        });
    }

    private static void damage(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 2] ^= 1;
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".embedding")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
