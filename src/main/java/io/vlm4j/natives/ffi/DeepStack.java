package io.vlm4j.natives.ffi;

import io.vlm4j.Vlm4jException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// Stack for native code that calls itself for each character of a text: llama.cpp cuts texts for most BPE
/// vocabularies with `std::regex`, which does so for each character of a word, and a word may be all of a text.
public final class DeepStack {
    /// Characters that the stack of any thread holds.
    public static final int SHALLOW = 256;

    /// Most characters that are taken at once.
    public static final int MOST = 4_000_000;

    private static final long BASE = 1 << 20;
    private static final long BYTES_PER_CHARACTER = 2048; // at most 1000 were seen; what is not used costs nothing

    private DeepStack() {}

    /// Does the work on this thread for a short text, and on one of its own with stack enough for a long one.
    ///
    /// @param characters of the text
    /// @throws Vlm4jException.Inference for more than [#MOST], or when there is no room for such a stack
    public static <T> T call(long characters, Supplier<T> work) {
        if (characters <= SHALLOW) {
            return work.get();
        }
        if (characters > MOST) {
            throw new Vlm4jException.Inference(
                    "a text of " + characters + " characters; more than " + MOST + " are not cut into tokens at once");
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("vlm4j-deep-stack")
                    .stackSize(BASE + characters * BYTES_PER_CHARACTER)
                    .start(() -> complete(result, work));
        } catch (OutOfMemoryError e) {
            throw new Vlm4jException.Inference("no stack for a text of " + characters + " characters", e);
        }
        try {
            return result.join(); // short, and what it works on must not go away meanwhile: not interruptible
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static <T> void complete(CompletableFuture<T> result, Supplier<T> work) {
        try {
            result.complete(work.get());
        } catch (Throwable t) {
            result.completeExceptionally(t);
        }
    }
}
