package io.vlm4j.torture.target;

import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.inference.Embedder;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.SplittableRandom;

/// Evaluates streams of tokens that nobody means, with contexts, embedders and forward passes.
final class TokenTarget extends SeededTarget {
    private static final int STEPS = 40;
    private static final int CONTEXT = 64;
    private static final int BATCH = 16;

    private final Model model;
    private final Embedder embedder;
    private final ForwardPass pass;

    TokenTarget(SeedFiles seeds) {
        model = Model.open(seeds.tinyModel());
        try {
            ContextOptions options =
                    ContextOptions.builder().contextLength(CONTEXT).threads(1).build();
            embedder = Embedder.create(model, options);
            pass = ForwardPass.open(model, ForwardOptions.fast());
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    @Override
    void use(SplittableRandom random) {
        ContextOptions options = ContextOptions.builder()
                .contextLength(random.nextInt(2 * CONTEXT))
                .batchSize(1 + random.nextInt(BATCH))
                .microBatchSize(1 + random.nextInt(BATCH))
                .threads(1)
                .build();
        try (InferenceContext context = InferenceContext.create(model, options);
                Sampler sampler = Sampler.create(model, RandomSettings.sampling(model, random))) {
            for (int step = 0; step < STEPS; step++) {
                try {
                    step(context, sampler, random);
                } catch (RuntimeException e) {
                    if (!isDocumented(e)) {
                        throw e;
                    }
                }
            }
        }
    }

    private void step(InferenceContext context, Sampler sampler, SplittableRandom random) {
        switch (random.nextInt(17)) {
            case 0, 1 -> context.decode(RandomSettings.token(model, random));
            case 2, 3, 4 -> context.decode(RandomSettings.tokens(model, 2 * CONTEXT, random));
            case 5 -> context.decodeAll(RandomSettings.tokens(model, 2 * BATCH, random));
            case 6, 7 -> context.sample(sampler);
            case 8 -> sampler.accept(RandomSettings.token(model, random));
            case 9 -> context.truncate(random.nextInt(context.tokens() + 2) - 1);
            case 10 -> context.shift(random.nextInt(-1, CONTEXT), random.nextInt(-1, CONTEXT));
            case 11 -> {
                try (ContextSnapshot snapshot = context.snapshot()) {
                    context.clear();
                    context.restore(snapshot);
                }
            }
            case 12 -> {
                try (Tensor logits = context.logits()) {
                    logits.toFloatArray();
                }
            }
            case 13 -> {
                int alternatives = random.nextInt(30);
                context.logProbabilities(
                        RandomSettings.token(model, random), new int[alternatives], new float[alternatives]);
            }
            case 14 -> embedder.embed(RandomSettings.tokens(model, 2 * CONTEXT, random));
            case 15 -> forward(random);
            default -> {
                if (random.nextBoolean()) {
                    context.interrupt();
                } else {
                    sampler.reset();
                }
            }
        }
    }

    private void forward(SplittableRandom random) {
        int batch = 1 + random.nextInt(3);
        int length = 1 + random.nextInt(12);
        ForwardInput.Builder input =
                ForwardInput.builder(model.tokenizer().size()).inputIds(tensor(batch, length, random));
        if (random.nextBoolean()) {
            input.attentionMask(flags(batch, length, random));
        }
        if (random.nextInt(3) == 0) {
            input.positionIds(tensor(batch, length, random));
        }
        if (random.nextBoolean()) {
            input.labels(tensor(batch, length, random));
        }
        try (ForwardOutput _ = pass.forward(input.build(), Outputs.of(Output.LOGITS))) {
            // what it holds is of no interest
        }
    }

    private Tensor tensor(int batch, int length, SplittableRandom random) {
        int[] values = new int[batch * length];
        boolean wild = random.nextInt(4) == 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = wild
                    ? RandomSettings.token(model, random)
                    : random.nextInt(model.tokenizer().size());
        }
        return Tensor.ofInts(Shape.of(batch, length), values);
    }

    private static Tensor flags(int batch, int length, SplittableRandom random) {
        int[] values = new int[batch * length];
        int from = random.nextInt(length);
        for (int i = 0; i < values.length; i++) {
            values[i] = i % length >= from ? 1 : random.nextInt(30) == 0 ? random.nextInt(-1, 3) : 0;
        }
        return Tensor.ofInts(Shape.of(batch, length), values);
    }

    @Override
    public void close() {
        model.close();
    }
}
