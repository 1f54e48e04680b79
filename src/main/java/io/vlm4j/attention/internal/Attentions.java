package io.vlm4j.attention.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Attention probabilities of the layers of a model over one sequence: how much of each token (key) went into each
/// token (query). Of most queries only the mean over the heads is kept.
public final class Attentions implements LayerConsumer {
    /// Most floats that are kept: a gibibyte.
    private static final long MOST = 1L << 28;

    private final int kept;
    private final List<List<float[]>> means = new ArrayList<>(); // by layer and query
    private final List<List<float[]>> heads = new ArrayList<>(); // by layer and query from `kept` on: all heads
    private long size;

    /// @param kept from which query on every head is kept
    public Attentions(int kept) {
        this.kept = kept;
    }

    @Override
    public void onAttention(int example, int layer, int position, Tensor weights) {
        add(
                layer,
                weights.toFloatArray(),
                Math.toIntExact(weights.shape().dim(0)),
                Math.toIntExact(weights.shape().dim(1)),
                Math.toIntExact(weights.shape().dim(2)));
    }

    /// Adds the next queries of a layer.
    ///
    /// @param probabilities `[heads, queries, columns]`, of which columns behind the query's own are nothing
    void add(int layer, float[] probabilities, int headCount, int queries, int columns) {
        while (means.size() <= layer) {
            means.add(new ArrayList<>());
            heads.add(new ArrayList<>());
        }
        for (int row = 0; row < queries; row++) {
            int query = means.get(layer).size();
            int keys = query + 1;
            size += keys + (query >= kept ? (long) keys * headCount : 0);
            if (size > MOST) {
                throw new Vlm4jException.Inference("the attentions take more than " + MOST / (1 << 18)
                        + " MiB: ask for a shorter answer, or about a smaller picture");
            }
            float[] mean = new float[keys];
            float[] all = new float[query >= kept ? keys * headCount : 0];
            for (int head = 0; head < headCount; head++) {
                int from = (head * queries + row) * columns;
                for (int key = 0; key < keys; key++) {
                    mean[key] += probabilities[from + key] / headCount;
                }
                if (query >= kept) {
                    System.arraycopy(probabilities, from, all, head * keys, keys);
                }
            }
            means.get(layer).add(mean);
            if (query >= kept) {
                heads.get(layer).add(all);
            }
        }
    }

    public int layers() {
        return means.size();
    }

    /// Tokens of which there are attentions.
    public int queries() {
        return means.isEmpty() ? 0 : means.getFirst().size();
    }

    /// `[query + 1]`: the mean over the heads. Not a copy.
    public float[] mean(int layer, int query) {
        return means.get(layer).get(query);
    }

    /// `[heads * (query + 1)]`, for queries from which on they are kept. Not a copy.
    public float[] heads(int layer, int query) {
        return heads.get(layer).get(query - kept);
    }
}
