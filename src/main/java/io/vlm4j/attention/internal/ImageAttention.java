package io.vlm4j.attention.internal;

import io.vlm4j.attention.AttentionRecipe;

/// What recipes make of attentions: a number for each token of the picture.
///
/// @param first  the picture's first token
/// @param tokens how many it has
/// @param prompt tokens of the whole prompt
public record ImageAttention(Attentions attentions, int first, int tokens, int prompt) {
    /// @return `[tokens]`, 0 or more, not scaled
    public float[] of(int query, AttentionRecipe recipe) {
        return switch (recipe) {
            case LATE_LAYERS -> onImage(mean(query, attentions.layers() / 2));
            case ROLLOUT -> onImage(rollOut(query));
            case CONTRAST -> contrast(query);
        };
    }

    /// How much of the attention is on the picture, as the mean over heads and layers.
    public double share(int query) {
        double sum = 0;
        for (float value : onImage(mean(query, 0))) {
            sum += value;
        }
        return sum;
    }

    private float[] onImage(float[] row) {
        float[] image = new float[tokens];
        System.arraycopy(row, first, image, 0, tokens);
        return image;
    }

    private float[] mean(int query, int firstLayer) {
        float[] mean = new float[query + 1];
        int count = attentions.layers() - firstLayer;
        for (int layer = firstLayer; layer < attentions.layers(); layer++) {
            float[] row = attentions.mean(layer, query);
            for (int key = 0; key <= query; key++) {
                mean[key] += row[key] / count;
            }
        }
        return mean;
    }

    /// The query's row of the product of all layers' `(A + I) / 2`, from the last layer to the first.
    private float[] rollOut(int query) {
        float[] flow = new float[query + 1];
        flow[query] = 1;
        for (int layer = attentions.layers() - 1; layer >= 0; layer--) {
            float[] next = new float[query + 1];
            for (int from = 0; from <= query; from++) {
                next[from] += flow[from] / 2;
                float[] row = attentions.mean(layer, from);
                for (int key = 0; key <= from; key++) {
                    next[key] += flow[from] * row[key] / 2;
                }
            }
            flow = next;
        }
        return flow;
    }

    private float[] contrast(int query) {
        float[] word = scaled(onImage(mean(query, 0)));
        float[] question = new float[tokens];
        int count = 0;
        for (int asked = first + tokens; asked < Math.min(prompt, query); asked++) {
            float[] one = scaled(onImage(mean(asked, 0)));
            for (int i = 0; i < tokens; i++) {
                question[i] += one[i];
            }
            count++;
        }
        for (int i = 0; i < tokens; i++) {
            word[i] = Math.max(0, word[i] - question[i] / Math.max(1, count));
        }
        return word;
    }

    private static float[] scaled(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = sum > 0 ? (float) (values[i] / sum) : 0;
        }
        return values;
    }
}
