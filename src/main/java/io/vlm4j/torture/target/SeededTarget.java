package io.vlm4j.torture.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Takes decisions instead of files: an input is the seed that they follow from.
abstract sealed class SeededTarget extends Target permits TokenTarget, CallTarget {
    @Override
    public byte[] mutate(RandomGenerator random) {
        return Long.toString(random.nextLong()).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void use(Path input) throws Exception {
        use(new SplittableRandom(seed(input)));
    }

    private static long seed(Path input) throws IOException {
        return Long.parseLong(Files.readString(input).strip());
    }

    abstract void use(SplittableRandom random) throws Exception;

    /// Misuse is part of what it does, and documented to be one of these.
    @Override
    public boolean isDocumented(Throwable thrown) {
        return super.isDocumented(thrown)
                || thrown.getClass() == IllegalArgumentException.class
                || thrown.getClass() == IllegalStateException.class;
    }
}
