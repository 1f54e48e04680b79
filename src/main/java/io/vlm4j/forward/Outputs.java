package io.vlm4j.forward;

import io.vlm4j.inference.LayerConsumer;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// What is wanted of a forward pass. Nothing else is computed, kept or copied.
///
/// @param wanted      at least one
/// @param firstLogits the first position that logits are wanted of, padding counted
/// @param endLogits   the position after the last one; the length is taken where it is beyond it
/// @param consumer    who gets hidden states and attentions of layers instead of the [ForwardOutput]
public record Outputs(Set<Output> wanted, int firstLogits, int endLogits, Optional<LayerConsumer> consumer) {
    /// @throws IllegalArgumentException when nothing is wanted, the positions are none, or there is nothing to consume
    public Outputs {
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("a forward pass of which nothing is wanted");
        }
        wanted = Set.copyOf(wanted);
        if (firstLogits < 0 || endLogits <= firstLogits) {
            throw new IllegalArgumentException(
                    "logits from position " + firstLogits + " to " + endLogits + " are none");
        }
        Objects.requireNonNull(consumer, "consumer");
        if (consumer.isPresent() && !wanted.contains(Output.HIDDEN_STATES) && !wanted.contains(Output.ATTENTIONS)) {
            throw new IllegalArgumentException(
                    "a consumer of layers, but neither hidden states nor attentions are wanted: " + wanted);
        }
    }

    public static Outputs of(Output first, Output... more) {
        return new Outputs(EnumSet.of(first, more), 0, Integer.MAX_VALUE, Optional.empty());
    }

    /// The same, but logits only of the positions from `from` to before `to`.
    public Outputs withLogitsBetween(int from, int to) {
        return new Outputs(wanted, from, to, consumer);
    }

    /// The same, but hidden states and attentions go to `layers`, piece by piece, and are not kept.
    public Outputs streaming(LayerConsumer layers) {
        return new Outputs(wanted, firstLogits, endLogits, Optional.of(layers));
    }

    public boolean wants(Output output) {
        return wanted.contains(output);
    }
}
