package io.vlm4j.forward;

import io.vlm4j.forward.internal.ForwardOutputImpl;
import io.vlm4j.tensor.Tensor;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/// What a forward pass computed: as much as was asked for. All tensors are [io.vlm4j.tensor.DType#F32] and views of
/// memory that this owns.
///
/// - **Owner**: whoever ran the pass. It does not depend on the pass, or its model.
/// - **Threads**: immutable; any thread may read, and close.
/// - **Close**: frees the memory once; reading a tensor afterwards is an [IllegalStateException].
///
/// Every method throws [IllegalStateException] for what was not asked for, or was streamed.
public sealed interface ForwardOutput extends AutoCloseable permits ForwardOutputImpl {
    /// Mean cross-entropy over all positions of the batch that a label counts at, in nats: the loss of
    /// transformers. The label of the first position of an example is not scored, with padding on its left as
    /// without.
    double loss();

    /// The mean for each example; `NaN` where no label counts.
    double[] exampleLosses();

    /// How many labels were scored in each example.
    int[] supervisedTokens();

    /// `[batch, positions, vocabulary]`: all positions, or those that were asked for.
    Tensor logits();

    /// `[batch, length, width]`: what goes into the first layer, then what comes out of each, the last one after the
    /// final norm.
    List<Tensor> hiddenStates();

    /// `[batch, heads, queries, keys]` of each layer.
    List<Tensor> attentions();

    /// `[images, rows, width]`, or `[rows, width]` when it was given so or pictures are in tiles, which take different
    /// numbers of rows.
    Tensor imageFeatures();

    /// `[images, rows, width]`, of pictures in tiles `[tiles, rows, width]`: what goes into the first layer of the
    /// vision tower, then what comes out of each as far as the tower is computed: layers behind the one that the
    /// projector takes are not. A class token is row 0.
    List<Tensor> visionHiddenStates();

    /// `[images, heads, rows, rows]` of each layer that is computed.
    List<Tensor> visionAttentions();

    /// Everything that is there, by names such as `logits`, `hidden_states.0` and `vision_attentions.1`; `loss` is
    /// a scalar.
    SequencedMap<String, Tensor> tensors();

    /// Writes [#tensors()] into one safetensors file, whole or not at all.
    ///
    /// @throws UncheckedIOException naming the file
    void saveSafetensors(Path file);

    /// Writes each of [#tensors()] into a folder that exists, as `<name>.npy`.
    ///
    /// @throws UncheckedIOException naming the file
    void saveNpy(Path folder);

    @Override
    void close();
}
