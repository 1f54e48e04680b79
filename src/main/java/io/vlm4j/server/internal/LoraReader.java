package io.vlm4j.server.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.server.internal.json.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which LoRA adapters a request is answered with: llama-server's `lora`, a list of `{"id": 0, "scale": 0.5}`. Those
/// that are not listed are not used.
final class LoraReader {
    private static final double STRONGEST = 1000;

    private final Adapters served;

    /// @param served what requests without the field get; their places in it are the adapters' ids
    LoraReader(Adapters served) {
        this.served = served;
    }

    Adapters read(Fields request) {
        if (!request.has("lora")) {
            return served;
        }
        int count = served.loras().size();
        float[] scales = new float[count];
        boolean[] listed = new boolean[count];
        for (Fields one : request.objects("lora")) {
            if (count == 0) {
                throw request.refused("lora", "names an adapter; this server has none (serve --lora FILE)");
            }
            int id = one.integer("id", 0, count - 1).orElseThrow(() -> one.wrong("id", "an adapter's number"));
            if (listed[id]) {
                throw one.refused("id", "is " + id + " a second time");
            }
            listed[id] = true;
            scales[id] = (float) one.number("scale", -STRONGEST, STRONGEST).orElse(1);
        }
        if (Arrays.equals(scales, scales(served))) {
            return served;
        }
        List<Adapters.Scaled> used = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            if (scales[id] != 0) {
                used.add(new Adapters.Scaled(served.loras().get(id).adapter(), scales[id]));
            }
        }
        return new Adapters(used, served.controlVector());
    }

    private static float[] scales(Adapters adapters) {
        float[] scales = new float[adapters.loras().size()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = adapters.loras().get(i).scale();
        }
        return scales;
    }
}
