package io.vlm4j.training.internal;

import io.vlm4j.graph.WeightOptions;

/// Where graphs are computed.
///
/// @param device  the name of the preferred device; the CPU computes what it cannot
/// @param general whether there are only nodes that every device may have; on others than the CPU there always are
record Placement(String device, boolean general) {
    static final Placement CPU = new Placement(WeightOptions.CPU, false);

    boolean isCpu() {
        return device.equals(WeightOptions.CPU);
    }
}
