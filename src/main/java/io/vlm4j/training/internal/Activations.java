package io.vlm4j.training.internal;

import io.vlm4j.graph.Architecture;
import java.util.ArrayList;
import java.util.List;

/// How many examples go through the layers together, and whether what these compute is kept for the way back.
///
/// Together each matrix is read and turned once for all of them; kept, no layer is computed twice. Both take memory.
///
/// @param memory bytes of what is kept, at most
/// @param whole  whether all examples of a step have to go through the layers together
record Activations(Architecture architecture, long memory, boolean whole) {
    static final int MOST_EXAMPLES = 16;
    private static final int MOST_ROWS = 1024; // beyond that products do not get faster

    /// What layers keep of an example, a little more than it is.
    private long bytes(Sample sample) {
        long width = 8L * architecture.width()
                + 4L * architecture.keyValueHeads() * architecture.headSize()
                + 4L * architecture.feedForward();
        long floats = 0;
        for (int length : sample.lengths()) {
            floats += length * (width + (long) architecture.heads() * length);
        }
        return floats * architecture.layers() * Float.BYTES;
    }

    boolean areKept(Sample sample) {
        return bytes(sample) <= memory;
    }

    /// The most examples that go through the layers together.
    int most(Optimization optimization) {
        return whole ? Math.toIntExact(Math.max(MOST_EXAMPLES, optimization.examples())) : MOST_EXAMPLES;
    }

    /// Examples that are computed together, in their order.
    List<Sample> together(List<Sample> samples) {
        if (whole) {
            return List.of(Sample.together(samples));
        }
        List<Sample> groups = new ArrayList<>();
        List<Sample> group = new ArrayList<>();
        long rows = 0;
        long bytes = 0;
        for (Sample sample : samples) {
            long more = bytes(sample);
            boolean full = group.size() == MOST_EXAMPLES || rows + sample.rows() > MOST_ROWS || bytes + more > memory;
            if (full && !group.isEmpty()) {
                groups.add(Sample.together(group));
                group.clear();
                rows = 0;
                bytes = 0;
            }
            group.add(sample);
            rows += sample.rows();
            bytes += more;
        }
        if (!group.isEmpty()) {
            groups.add(Sample.together(group));
        }
        return groups;
    }
}
