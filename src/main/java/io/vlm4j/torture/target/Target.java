package io.vlm4j.torture.target;

import io.vlm4j.Vlm4jException;
import io.vlm4j.torture.FuzzKind;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/// Something that takes inputs of one kind.
///
/// - **Owner**: whoever opened it.
/// - **Threads**: one at a time.
/// - **Close**: frees models that it keeps open.
public abstract sealed class Target implements AutoCloseable
        permits FileTarget, ImageTarget, TextTarget, SessionTarget, SeededTarget {
    /// @param seeds  the good files
    /// @param folder for files that it needs on the way
    public static Target open(FuzzKind kind, SeedFiles seeds, Path folder) {
        return switch (kind) {
            case TEXT -> new ModelTarget(seeds, folder);
            case MMPROJ -> new ProjectorTarget(seeds, folder);
            case IMAGE -> new ImageTarget(seeds);
            case GRAMMAR -> new GrammarTarget(seeds);
            case SCHEMA -> new SchemaTarget(seeds);
            case TEMPLATE -> new TemplateTarget(seeds);
            case ADAPTER -> new AdapterTarget(seeds, folder);
            case SESSION -> new SessionTarget(seeds, folder);
            case TOKENS -> new TokenTarget(seeds);
            case CALLS -> new CallTarget(seeds);
        };
    }

    /// A new input. The same random numbers give the same.
    public abstract byte[] mutate(RandomGenerator random);

    /// Uses an input as a program would, as long as it is not refused. What it does follows from the input alone.
    ///
    /// @param input a file with it
    /// @throws Exception when it is refused; see [#isDocumented]
    public abstract void use(Path input) throws Exception;

    /// Whether the API says that this may be thrown for such an input.
    public boolean isDocumented(Throwable thrown) {
        return thrown instanceof Vlm4jException;
    }

    @Override
    public abstract void close();
}
