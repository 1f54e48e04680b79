package io.vlm4j.runtime;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ffi.NativeLibraries;
import io.vlm4j.natives.ggml.Backends;
import io.vlm4j.runtime.internal.LibraryLocator;
import io.vlm4j.runtime.internal.LibrarySet;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The native libraries of this JVM: loaded once, never unloaded.
///
/// Where they are looked for, in this order:
///
/// 1. the folder named by the system property `vlm4j.native.path`;
/// 2. the folder named by the environment variable `VLM4J_NATIVE_PATH`;
/// 3. `native/build/native/lib` and `native/build/portable/lib` of the source tree that these classes were built
/// in; 4. a natives jar on the class or module path, unpacked once into a cache (`vlm4j.cache`, `VLM4J_CACHE`, or
/// the
///    user's cache folder);
/// 5. the folders of `java.library.path`.
///
/// A place that was named but has no usable libraries is an error; an absent one is passed over. Thread-safe.
public final class NativeRuntime {
    /// The llama.cpp release that vlm4j is made for.
    public static final String LLAMA_CPP_VERSION = "0.5.0";

    private static final Logger LOGGER = LoggerFactory.getLogger(NativeRuntime.class);

    private final LibrarySet libraries;

    private NativeRuntime(LibrarySet libraries) {
        this.libraries = libraries;
    }

    private static final class Loaded {
        private static final NativeRuntime RUNTIME = loadNow();
    }

    /// Loads the libraries unless that has happened.
    ///
    /// @throws Vlm4jException.NativeLoad naming every place that was tried, or saying how to allow native access
    public static NativeRuntime load() {
        try {
            return Loaded.RUNTIME;
        } catch (ExceptionInInitializerError e) {
            if (e.getCause() instanceof Vlm4jException.NativeLoad failure) {
                throw failure;
            }
            throw e;
        } catch (NoClassDefFoundError e) {
            throw new Vlm4jException.NativeLoad("the native libraries could not be loaded before in this JVM", e);
        }
    }

    private static NativeRuntime loadNow() {
        LibrarySet libraries = LibraryLocator.ofThisJvm().locate();
        NativeLibraries.load(libraries.files(), LLAMA_CPP_VERSION);
        Backends.loadFrom(libraries.directory());
        LOGGER.debug("native libraries: {} ({})", libraries.directory(), libraries.origin());
        NativeRuntime runtime = new NativeRuntime(libraries);
        if (runtime.devices().isEmpty()) {
            throw new Vlm4jException.NativeLoad(
                    "no compute backend in " + libraries.directory() + " works on this machine", null);
        }
        return runtime;
    }

    /// The devices that models can be computed on; the CPU is always among them.
    public List<Device> devices() {
        return Backends.devices().stream()
                .map(device -> new Device(
                        device.name(),
                        device.description(),
                        Device.Kind.valueOf(device.kind().name()),
                        device.freeMemory(),
                        device.totalMemory()))
                .toList();
    }

    /// Where the libraries came from and why, in words.
    public String origin() {
        return libraries.directory() + " (" + libraries.origin() + ")";
    }

    /// The folder that the libraries were loaded from.
    public Path libraryFolder() {
        return libraries.directory();
    }

    /// Version of ggml, the tensor library underneath.
    public String ggmlVersion() {
        return Backends.version();
    }
}
