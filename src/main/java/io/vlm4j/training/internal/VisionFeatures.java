package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.internal.PictureObserver;
import io.vlm4j.forward.internal.VisionTower;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.model.internal.FeatureFolder;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.processing.ForwardImages.Pictures;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the vision tower makes of pictures before the projector, remembered by the pictures' pixels, in memory and in a
/// folder. One thread at a time.
final class VisionFeatures implements AutoCloseable {
    private final ProjectorImpl projector;
    private final long mostBytes;
    private final Optional<FeatureFolder> folder;
    private final long width;
    private final Map<String, float[]> known = new LinkedHashMap<>(16, 0.75f, true); // the least used first
    private long bytes;
    private @Nullable VisionTower tower;

    /// @param mostBytes that are remembered in memory
    VisionFeatures(ProjectorImpl projector, long mostBytes, Optional<FeatureFolder> folder) {
        this.projector = projector;
        this.mostBytes = mostBytes;
        this.folder = folder;
        try (GgufFile file = GgufFile.open(projector.path())) {
            width = file.tensor(Network.FIRST + ".weight")
                    .map(tensor -> tensor.shape().dim(1))
                    .orElse(0L);
        }
    }

    /// `[rows of all pictures, width of the tower]`.
    Tensor of(Pictures pictures) {
        float[][] parts = new float[pictures.images()][];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = rows(only(pictures, i));
            length += parts[i].length;
        }
        float[] all = new float[length];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        long rows = pictures.rows();
        return Tensor.ofFloats(Shape.of(rows, length / rows), all);
    }

    private static Pictures only(Pictures pictures, int index) {
        Tensor values = pictures.pixelValues().slice(index);
        Tensor pixels = pictures.pixels().slice(index);
        return new Pictures(
                pictures.imageToken(),
                pictures.rowsPerImage(),
                Tensor.of(DType.F32, Shape.of(1, 3, pictures.height(), pictures.width()), values.segment()),
                Tensor.of(DType.U8, Shape.of(1, pictures.height(), pictures.width(), 3), pixels.segment()));
    }

    private float[] rows(Pictures picture) {
        String key = picture.width() + "x" + picture.height() + " " + hash(picture.pixels());
        float[] features = known.get(key);
        if (features == null) {
            features = read(key, picture);
            known.put(key, features);
            bytes += (long) features.length * Float.BYTES;
            while (bytes > mostBytes && known.size() > 1) {
                String eldest = known.keySet().iterator().next();
                float[] dropped = known.remove(eldest);
                bytes -= dropped == null ? 0 : (long) dropped.length * Float.BYTES;
            }
        }
        return features;
    }

    private static String hash(Tensor pixels) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(pixels.segment().asByteBuffer());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private float[] read(String key, Pictures picture) {
        if (folder.isEmpty()) {
            return compute(picture);
        }
        Shape shape = Shape.of(picture.rows(), width);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(shape.elementCount() * Float.BYTES, Float.BYTES);
            if (folder.get().read(key, shape, numbers)) {
                return numbers.toArray(ValueLayout.JAVA_FLOAT);
            }
            float[] features = compute(picture);
            if (features.length == shape.elementCount()) {
                MemorySegment.copy(features, 0, numbers, ValueLayout.JAVA_FLOAT, 0, features.length);
                folder.get().write(key, shape, numbers);
            }
            return features;
        }
    }

    private float[] compute(Pictures picture) {
        VisionTower watched = tower;
        if (watched == null) {
            watched = VisionTower.open(projector);
            tower = watched;
        }
        Watch watch = new Watch();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment projected =
                    arena.allocate(picture.rows() * projector.embeddingSize() * Float.BYTES, Float.BYTES);
            watched.encode(picture, projected, watch);
        }
        return watch.seen;
    }

    /// Takes what the projector's first matrix is multiplied with.
    private static final class Watch implements PictureObserver {
        private float[] seen = {};

        @Override
        public void begin(int picture) {
            // there is one only
        }

        @Override
        public boolean before(GraphTensor node) {
            return node.reads(Network.FIRST + ".weight");
        }

        @Override
        public void after(GraphTensor node) {
            seen = node.source(1).floats();
        }

        @Override
        public void end(String projector) {
            if (seen.length == 0) {
                throw new Vlm4jException.Inference(
                        "the graph of the " + projector + " does not show what goes into its projector");
            }
        }
    }

    /// Whether the tower had to be asked.
    boolean hasComputed() {
        return tower != null;
    }

    /// The bytes that are remembered.
    long byteSize() {
        return bytes;
    }

    @Override
    public void close() {
        if (tower != null) {
            tower.close();
            tower = null;
        }
        known.clear();
    }
}
