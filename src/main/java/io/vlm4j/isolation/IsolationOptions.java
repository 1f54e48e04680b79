package io.vlm4j.isolation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// How the process of an isolated model is started and ended.
///
/// @param heapMegabytes Java heap of the worker. Weights, caches and pixels are not in it; pictures of a request as the
///     bytes of their files are; 16 to 1,048,576
/// @param jvmArguments  further arguments of its JVM, behind ours, so that they win: another `-cp`, an `-XX:AOTCache`,
///     system properties
/// @param java          the `java` command
/// @param patience      how long a worker may take to heed a cancelled call or its end before it is killed; to 1 hour
public record IsolationOptions(int heapMegabytes, List<String> jvmArguments, Path java, Duration patience) {
    private static final int DEFAULT_HEAP = 512;
    private static final int LEAST_HEAP = 16;
    private static final int MOST_HEAP = 1 << 20;
    private static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOST_PATIENCE = Duration.ofHours(1);

    /// @throws IllegalArgumentException naming the setting that is out of range
    public IsolationOptions {
        if (heapMegabytes < LEAST_HEAP || heapMegabytes > MOST_HEAP) {
            throw new IllegalArgumentException(
                    "heapMegabytes must be " + LEAST_HEAP + " to " + MOST_HEAP + ", not " + heapMegabytes);
        }
        jvmArguments = List.copyOf(jvmArguments);
        Objects.requireNonNull(java, "java");
        if (patience.isNegative() || patience.isZero() || patience.compareTo(MOST_PATIENCE) > 0) {
            throw new IllegalArgumentException("patience must be above 0 and at most an hour, not " + patience);
        }
    }

    /// 512 MiB of heap, the `java` command of this JVM, ten seconds.
    public static IsolationOptions defaults() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new IsolationOptions(DEFAULT_HEAP, List.of(), java, DEFAULT_PATIENCE);
    }

    public IsolationOptions withHeapMegabytes(int value) {
        return new IsolationOptions(value, jvmArguments, java, patience);
    }

    public IsolationOptions withJvmArguments(String... value) {
        return new IsolationOptions(heapMegabytes, List.of(value), java, patience);
    }

    public IsolationOptions withJava(Path value) {
        return new IsolationOptions(heapMegabytes, jvmArguments, value, patience);
    }

    public IsolationOptions withPatience(Duration value) {
        return new IsolationOptions(heapMegabytes, jvmArguments, java, value);
    }
}
