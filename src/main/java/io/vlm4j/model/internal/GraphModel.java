package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.Fuyu;
import io.vlm4j.graph.Kosmos2;
import io.vlm4j.graph.WeightOptions;
import io.vlm4j.graph.WeightStorage;
import io.vlm4j.graph.Weights;
import io.vlm4j.graph.internal.WeightsImpl;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The weights of a model that llama.cpp cannot compute, and what its decoder is made of: graphs of our own compute
/// it. llama.cpp has its vocabulary only.
///
/// @param pictures how a prompt's tokens stand around pictures
public record GraphModel(WeightsImpl weights, Architecture decoder, PictureFrame pictures) implements AutoCloseable {
    private static final String FUYU = "fuyu";
    private static final String KOSMOS2 = "kosmos2";

    /// Tokens around a picture.
    ///
    /// @param before      stand before it
    /// @param after       stand after it
    /// @param startsText  whether the token that begins everything comes before the first text, and not before a
    ///     picture
    /// @param endOfRow    ends each row of patches; -1 for none
    /// @param begin       begins everything
    public record PictureFrame(List<Integer> before, List<Integer> after, boolean startsText, int endOfRow, int begin) {
        private static PictureFrame of(GgufFile file) {
            if (file.architecture().orElseThrow().equals(FUYU)) {
                Fuyu tokens = Fuyu.of(file);
                return new PictureFrame(List.of(), List.of(), true, tokens.newlineToken(), tokens.startToken());
            }
            Kosmos2 tokens = Kosmos2.of(file);
            return new PictureFrame(
                    List.of(tokens.imageStartToken()), List.of(tokens.imageEndToken()), false, -1, tokens.startToken());
        }

        private void requireTokens(GgufFile file, int vocabulary) {
            IntStream tokens = Stream.of(before, after).flatMap(List::stream).mapToInt(Integer::intValue);
            tokens = IntStream.concat(tokens, IntStream.of(Math.max(0, endOfRow), begin));
            tokens.filter(token -> token >= vocabulary).findFirst().ifPresent(token -> {
                throw new Vlm4jException.InvalidFile(file.path() + ": token " + token + " is not one of " + vocabulary);
            });
        }
    }

    /// Whether models of this `general.architecture` are computed by graphs of our own.
    static boolean isOf(String architecture) {
        return Set.of(FUYU, KOSMOS2).contains(architecture);
    }

    /// @throws Vlm4jException.InvalidFile naming what the file lacks
    /// @throws ModelLoad when memory is short
    static GraphModel open(Path path, ModelOptions options) {
        if (options.memoryLock() || options.checkTensors()) {
            throw new ModelLoad(path + " is computed by a graph of vlm4j's own, which knows neither memoryLock nor"
                    + " checkTensors");
        }
        WeightOptions where = new WeightOptions(WeightStorage.FASTEST, device(options));
        WeightsImpl weights = (WeightsImpl) Weights.open(path, where);
        try {
            Architecture decoder = Architecture.of(weights.file());
            checkSizes(weights.file(), decoder); // before memory is taken for what the header says
            weights.newDecoder(decoder, DecoderOptions.ofThreads(1).withContextLength(1))
                    .close(); // says what is missing
            PictureFrame pictures = PictureFrame.of(weights.file());
            pictures.requireTokens(weights.file(), decoder.vocabulary());
            return new GraphModel(weights, decoder, pictures);
        } catch (Throwable t) {
            weights.close();
            throw t;
        }
    }

    /// @throws Vlm4jException.InvalidFile when the header speaks of more than is in the file
    private static void checkSizes(GgufFile file, Architecture decoder) {
        Shape expected = Shape.of(decoder.vocabulary(), decoder.width());
        Optional<Shape> embeddings = file.tensor("token_embd.weight").map(GgufTensor::shape);
        if (!embeddings.equals(Optional.of(expected))) {
            throw new Vlm4jException.InvalidFile(file.path() + ": tensor 'token_embd.weight' is "
                    + embeddings.map(Shape::toString).orElse("not there") + ", not " + expected);
        }
        String layers = file.architecture().orElseThrow() + ".vision.block_count";
        if (file.integer(layers).orElse(0) > file.tensors().size()) {
            throw new Vlm4jException.InvalidFile(file.path() + ": " + layers + " is "
                    + file.integer(layers).getAsLong() + ", more than there are tensors");
        }
    }

    /// The name of the device for all layers; there is nothing between all and none.
    private static String device(ModelOptions options) {
        if (options.gpuLayers() == 0) {
            return WeightOptions.CPU;
        }
        return NativeRuntime.load().devices().stream()
                .filter(Offload::isGpu)
                .map(Device::name)
                .findFirst()
                .orElse(WeightOptions.CPU);
    }

    /// The numbers of all tensors.
    long parameters() {
        return weights.file().parameterCount();
    }

    long sizeInBytes() {
        return weights.file().tensors().values().stream()
                .mapToLong(tensor -> tensor.byteSize())
                .sum();
    }

    @Override
    public void close() {
        weights.close();
    }
}
