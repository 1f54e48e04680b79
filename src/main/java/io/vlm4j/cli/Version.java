package io.vlm4j.cli;

import io.vlm4j.runtime.NativeRuntime;
import org.jspecify.annotations.Nullable;

/// Which vlm4j this is.
final class Version {
    private Version() {}

    /// As the jar's manifest says; classes that are in no jar are of nobody's release.
    static String ofVlm4j() {
        @Nullable String version = Version.class.getPackage().getImplementationVersion();
        return version != null ? version : "development";
    }

    static String[] lines() {
        return new String[] {"vlm4j " + ofVlm4j() + " (llama.cpp " + NativeRuntime.LLAMA_CPP_VERSION + ")"};
    }
}
