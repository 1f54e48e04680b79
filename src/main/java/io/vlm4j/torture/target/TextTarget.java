package io.vlm4j.torture.target;

import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.torture.mutate.TextMutator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/// Takes texts of a formal language, with a model at hand that writes what they ask for.
abstract sealed class TextTarget extends Target permits GrammarTarget, SchemaTarget, TemplateTarget {
    /// Stands in files for half a surrogate pair, which UTF-8 cannot express.
    private static final char HALF = '\ue000';

    private static final int TOKENS = 12;
    private static final int START = 1;

    private final TextMutator mutator;
    private final Model model;
    private final InferenceContext context;

    TextTarget(SeedFiles seeds, TextMutator mutator) {
        this.mutator = mutator;
        this.model = Model.open(seeds.tinyModel());
        try {
            this.context = InferenceContext.create(
                    model, ContextOptions.builder().contextLength(64).threads(1).build());
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    @Override
    public byte[] mutate(RandomGenerator random) {
        StringBuilder text = new StringBuilder(text(random));
        for (int i = 0; i < text.length(); i++) {
            boolean high = Character.isHighSurrogate(text.charAt(i));
            if (high && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                text.setCharAt(i, HALF);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void use(Path input) throws IOException {
        use(new String(Files.readAllBytes(input), StandardCharsets.UTF_8).replace(HALF, '\ud800'));
    }

    String text(RandomGenerator random) {
        return mutator.mutate(random);
    }

    abstract void use(String text);

    Model model() {
        return model;
    }

    /// Has the model write a few tokens.
    void write(SamplingOptions options) {
        try (Sampler sampler = Sampler.create(model, options)) {
            context.clear();
            context.decode(START);
            for (int i = 0; i < TOKENS; i++) {
                int token = context.sample(sampler);
                if (model.tokenizer().isEndOfGeneration(token)) {
                    break;
                }
                context.decode(token);
            }
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
