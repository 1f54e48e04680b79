package io.vlm4j.runtime.internal;

import java.util.Locale;

/// The operating system and processor, as natives jars name them: `linux-x86_64`, `macos-aarch64`, ...
final class Platform {
    private Platform() {}

    static String current() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static String of(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String system = os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "macos" : os.replace(" ", "");
        String processor = switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> osArch.toLowerCase(Locale.ROOT);
        };
        return system + "-" + processor;
    }
}
