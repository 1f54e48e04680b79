package io.vlm4j.torture.target;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import java.nio.file.Path;
import java.util.List;

/// Loads LoRA adapters and control vectors, and evaluates a few tokens with them.
final class AdapterTarget extends FileTarget {
    private static final List<String> NAMES =
            List.of("llama", "qwen2", "controlvector", "lora", "alora", "adapter", "model", "clip");

    private final Model model;
    private final InferenceContext context;

    AdapterTarget(SeedFiles seeds, Path folder) {
        super(List.of(seeds.tinyLora(), seeds.tinyControl()), NAMES, folder);
        model = Model.open(seeds.tinyModel());
        try {
            context = InferenceContext.create(
                    model, ContextOptions.builder().contextLength(64).threads(1).build());
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    @Override
    public void use(Path input) {
        boolean control;
        try (GgufFile file = GgufFile.open(input)) {
            control = file.architecture().filter("controlvector"::equals).isPresent();
        }
        if (control) {
            ControlVector vector = ControlVector.read(input);
            if (vector.embeddingSize() == model.embeddingSize()) {
                evaluate(Adapters.none().with(vector));
            }
        } else {
            try (LoraAdapter adapter = model.openAdapter(input)) {
                evaluate(Adapters.of(adapter));
            }
        }
    }

    private void evaluate(Adapters adapters) {
        try {
            context.use(adapters);
            context.decode(new int[] {1, 5, 100});
        } catch (IllegalArgumentException e) {
            // it does not fit the model, which is documented of a vector
            if (adapters.controlVector().isEmpty()) {
                throw e;
            }
        } finally {
            context.use(Adapters.none());
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
