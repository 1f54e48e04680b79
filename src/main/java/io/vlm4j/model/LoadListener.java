package io.vlm4j.model;

/// Told how far loading a file has come, on the thread that loads.
@FunctionalInterface
public interface LoadListener {
    /// Ignores progress.
    LoadListener NONE = fraction -> true;

    /// @param fraction of the file that is loaded, 0 to 1
    /// @return whether to go on; `false` makes loading end with `Vlm4jException.Cancelled`
    boolean onProgress(float fraction);
}
