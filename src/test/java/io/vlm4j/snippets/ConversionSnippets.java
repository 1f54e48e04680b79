package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.conversion.AdapterConversion;
import io.vlm4j.conversion.AdapterOptions;
import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.ConvertedAdapter;
import io.vlm4j.conversion.ConvertedModel;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.testkit.HfFolder;
import io.vlm4j.testkit.PeftAdapter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of [Conversion] and [AdapterConversion]. They run as part of [SnippetsTest].
class ConversionSnippets {
    @TempDir
    private Path directory;

    @Test
    void convert() {
        Path folder = HfFolder.llava(directory.resolve("llava-1.5-7b-hf")).write();
        Path out = directory.resolve("models");
        // @start region="convert"
        ConvertedModel converted = Conversion.convert(
                folder, out, ConversionOptions.of(WeightType.Q4_K_M), (file, tensor, done, total) -> {
                    System.Logger log = System.getLogger("conversion");
                    log.log(System.Logger.Level.DEBUG, "{0}%: {1}", 100 * done / total, tensor);
                    return true; // false stops; started again, it goes on there
                });
        // converted.model() and converted.projector() are ready for Vlm.open
        // @end
        assertThat(converted.model()).exists();
        assertThat(converted.projector().orElseThrow()).exists();
    }

    @Test
    void adapter() {
        Path folder = PeftAdapter.of(directory.resolve("my-style")).write();
        Path base = HfFolder.llava(directory.resolve("llava-1.5-7b-hf")).write();
        Path out = directory.resolve("adapters");
        // @start region="adapter"
        ConvertedAdapter converted = AdapterConversion.convert(folder, base, out, AdapterOptions.defaults());
        // converted.file() is ready for Vlm.openAdapter
        // @end
        assertThat(converted.file()).exists();
    }
}
