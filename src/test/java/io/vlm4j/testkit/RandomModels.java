package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import java.nio.file.Path;

/// Writes a random vision-language model of 320 million parameters and its vision tower of 86 million, for
/// benchmarks by hand: `java -cp target/test-classes:target/classes:… io.vlm4j.testkit.RandomModels FOLDER`.
public final class RandomModels {
    private RandomModels() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        RandomLlama text = RandomLlama.ofThreeHundredMillion(GgmlType.Q4_0);
        text.write(TestModels.bundled(), folder.resolve("random-320m-q4_0.gguf"));
        RandomClip.base(text.embedding()).write(folder.resolve("mmproj-random-86m-f16.gguf"));
    }
}
