package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;

/// What an encoding depends on beside the picture.
///
/// @param file     the projector's file as it was before it was loaded
/// @param settings what preprocessing and arithmetic depend on
record EncoderIdentity(FileStamp file, String settings) {
    /// To be raised when a patch of ours changes what a tower computes, or how pictures are prepared for it.
    private static final int REVISION = 1;

    static EncoderIdentity of(Path file, ProjectorOptions options) {
        String devices = options.gpu()
                ? NativeRuntime.load().devices().stream()
                        .filter(device -> device.kind() != Device.Kind.CPU)
                        .map(device -> device.name() + " " + device.description())
                        .collect(Collectors.joining(", "))
                : "";
        String settings = "llama.cpp " + NativeRuntime.LLAMA_CPP_VERSION + ", revision " + REVISION + ", image tokens "
                + options.minImageTokens() + " to " + options.maxImageTokens() + ", devices [" + devices + "]";
        try {
            return new EncoderIdentity(FileStamp.of(file), settings);
        } catch (IOException e) {
            throw new Vlm4jException.InvalidFile("cannot read " + file + ": " + e, e);
        }
    }
}
