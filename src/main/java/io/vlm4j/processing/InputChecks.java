package io.vlm4j.processing;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Optional;

/// Whether the parts of a [ForwardInput] agree.
final class InputChecks {
    private static final int MAX_AXES = 4; // of M-RoPE: time, height, width, and one that llama.cpp keeps free

    private InputChecks() {}

    static void check(
            int vocabularySize,
            Tensor inputIds,
            Tensor attentionMask,
            Tensor positionIds,
            Optional<Tensor> labels,
            Optional<Tensor> tokenTypeIds,
            Optional<ForwardImages> images) {
        if (vocabularySize < 1) {
            throw new IllegalArgumentException("vocabularySize must be positive, not " + vocabularySize);
        }
        requireMatrix("inputIds", inputIds);
        Shape shape = inputIds.shape();
        requireSame("attentionMask", attentionMask, shape);
        labels.ifPresent(tensor -> requireSame("labels", tensor, shape));
        tokenTypeIds.ifPresent(tensor -> requireSame("tokenTypeIds", tensor, shape));
        int length = Math.toIntExact(shape.dim(1));

        int[] mask = attentionMask.toIntArray();
        checkMask(mask, length);
        checkIds(inputIds.toIntArray(), length, vocabularySize, images);
        checkPositions(positionIds, shape);
        labels.ifPresent(tensor -> checkLabels(tensor.toIntArray(), mask, length, vocabularySize));
        tokenTypeIds.ifPresent(tensor -> requireNotNegative("tokenTypeIds", tensor.toIntArray(), length));
    }

    /// That a tensor is I32 `[batch, length]`, not empty, and fits into arrays.
    static void requireMatrix(String name, Tensor tensor) {
        if (tensor.dtype() != DType.I32
                || tensor.shape().rank() != 2
                || tensor.shape().elementCount() == 0) {
            throw new IllegalArgumentException(
                    name + " must be I32 [batch, length], not " + tensor.dtype() + " " + tensor.shape());
        }
        if (tensor.shape().elementCount() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(name + " of shape " + tensor.shape() + " is too large for one batch");
        }
    }

    static void requireSame(String name, Tensor tensor, Shape shape) {
        if (tensor.dtype() != DType.I32 || !tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(
                    name + " must be I32 " + shape + " as inputIds, not " + tensor.dtype() + " " + tensor.shape());
        }
    }

    private static void checkMask(int[] mask, int length) {
        boolean attended = false;
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] != 0 && mask[i] != 1) {
                throw new IllegalArgumentException(
                        place("attentionMask", i, length) + " is " + mask[i] + ", not 0 or 1");
            }
            attended |= mask[i] == 1;
            if ((i + 1) % length == 0) {
                if (!attended) {
                    throw new IllegalArgumentException("attentionMask leaves nothing of example " + i / length);
                }
                attended = false;
            }
        }
    }

    private static void checkIds(int[] ids, int length, int vocabularySize, Optional<ForwardImages> images) {
        long positions = 0;
        for (int i = 0; i < ids.length; i++) {
            if (images.isPresent() && ids[i] == images.get().imageToken()) {
                positions++;
            } else if (ids[i] < 0 || ids[i] >= vocabularySize) {
                throw new IllegalArgumentException(place("inputIds", i, length) + " is " + ids[i]
                        + ", which is not in a vocabulary of " + vocabularySize
                        + (images.isPresent() ? " nor the image token" : " and no image is given"));
            }
        }
        if (images.isPresent() && positions != images.get().rows()) {
            throw new IllegalArgumentException("inputIds have " + positions + " image positions (token "
                    + images.get().imageToken() + ") for " + images.get().rows() + " rows of images");
        }
    }

    private static void checkPositions(Tensor positionIds, Shape shape) {
        boolean matrix = positionIds.shape().equals(shape);
        boolean axes = positionIds.shape().rank() == 3
                && positionIds.shape().dim(0) >= 1
                && positionIds.shape().dim(0) <= MAX_AXES
                && positionIds.shape().inner().equals(shape);
        if (positionIds.dtype() != DType.I32 || !(matrix || axes)) {
            throw new IllegalArgumentException("positionIds must be I32 " + shape + " or that for each of 1 to "
                    + MAX_AXES + " axes, not " + positionIds.dtype() + " " + positionIds.shape());
        }
        requireNotNegative("positionIds", positionIds.toIntArray(), Math.toIntExact(shape.dim(1)));
    }

    private static void checkLabels(int[] labels, int[] mask, int length, int vocabularySize) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == ForwardInput.IGNORED) {
                continue;
            }
            if (labels[i] < 0 || labels[i] >= vocabularySize) {
                throw new IllegalArgumentException(place("labels", i, length) + " is " + labels[i] + ", neither "
                        + ForwardInput.IGNORED + " nor in a vocabulary of " + vocabularySize);
            }
            if (mask[i] == 0) {
                throw new IllegalArgumentException(
                        place("labels", i, length) + " is " + labels[i] + " where attentionMask is 0");
            }
        }
    }

    private static void requireNotNegative(String name, int[] values, int length) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0) {
                throw new IllegalArgumentException(place(name, i, length) + " is negative: " + values[i]);
            }
        }
    }

    private static String place(String name, int index, int length) {
        return name + "[" + index / length + ", " + index % length + "]";
    }
}
