package io.vlm4j.natives.ffi;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.shim.ShimH;
import java.nio.file.Path;
import java.util.List;

/// Loads the native libraries into this class loader, once.
///
/// The bindings find their symbols among the libraries that their class loader has loaded, so this class must be in
/// the same one, and the libraries can serve one class loader per JVM.
public final class NativeLibraries {
    private NativeLibraries() {}

    /// Loads `libraries` in the order given, takes their log over and checks that they are the ones these
    /// bindings are for.
    ///
    /// @throws Vlm4jException.NativeLoad when one cannot be loaded, native access is denied, or versions differ
    public static void load(List<Path> libraries, String expectedVersion) {
        for (Path library : libraries) {
            loadOne(library);
        }
        int shim = ShimH.vlm4j_shim_version();
        if (shim != ShimH.VLM4J_SHIM_VERSION()) {
            throw new Vlm4jException.NativeLoad(
                    "libvlm4j in " + libraries.getLast().getParent() + " has version " + shim + ", this vlm4j needs "
                            + ShimH.VLM4J_SHIM_VERSION(),
                    null);
        }
        String version = NativeText.of(LlamaH.llama_version());
        if (!version.equals(expectedVersion)) {
            throw new Vlm4jException.NativeLoad(
                    "libllama in " + libraries.getLast().getParent() + " is llama.cpp " + version
                            + ", this vlm4j is made for " + expectedVersion,
                    null);
        }
        NativeLog.install();
        ShimH.vlm4j_catch_assertions();
        ShimH.vlm4j_silence_common_log();
        LlamaH.llama_backend_init();
    }

    @SuppressWarnings("restricted") // the one place where libraries are loaded
    private static void loadOne(Path library) {
        try {
            System.load(library.toString());
        } catch (IllegalCallerException denied) {
            throw new Vlm4jException.NativeLoad(
                    "this JVM denies native access to vlm4j: start it with --enable-native-access=io.vlm4j"
                            + " (module path) or --enable-native-access=ALL-UNNAMED (class path)",
                    denied);
        } catch (UnsatisfiedLinkError e) {
            throw new Vlm4jException.NativeLoad("cannot load " + library + ": " + e.getMessage(), e);
        }
    }
}
