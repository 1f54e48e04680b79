package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InfoCommandTest {
    private static final List<String> FIELDS = List.of(
            "file",
            "kind",
            "architecture",
            "name",
            "gguf_version",
            "file_bytes",
            "parameters",
            "tensor_count",
            "tensor_bytes",
            "bits_per_weight",
            "quantization",
            "context_length",
            "embedding_length",
            "layers",
            "heads",
            "key_value_heads",
            "vocabulary_size",
            "chat_template",
            "sees",
            "hears",
            "sees_by_itself",
            "tiling",
            "projectors_beside",
            "missing_parts",
            "memory_bytes",
            "metadata");

    @TempDir
    private Path folder;

    private static JsonNode json(Object... arguments) {
        String[] line = new String[arguments.length + 2];
        line[0] = "info";
        line[1] = "--json";
        for (int i = 0; i < arguments.length; i++) {
            line[i + 2] = arguments[i].toString();
        }
        CommandRun run = CommandRun.of(line);
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.OK);
        return run.json();
    }

    @Test
    void tellsOfTheBundledModel() {
        JsonNode info = json();

        assertThat(info.propertyNames()).containsExactlyElementsOf(FIELDS);
        assertThat(info.get("file").asString()).isEqualTo(TestModels.bundled().toString());
        assertThat(info.get("kind").asString()).isEqualTo("text_model");
        assertThat(info.get("architecture").asString()).isEqualTo("llama");
        assertThat(info.get("parameters").asLong()).isEqualTo(5_770_496);
        assertThat(info.get("tensor_count").asInt()).isEqualTo(57);
        assertThat(info.get("quantization").propertyNames()).containsExactly("q4_0", "q6_K", "f32");
        assertThat(info.get("quantization").get("q4_0").propertyNames())
                .containsExactly("tensors", "parameters", "bytes");
        assertThat(info.get("context_length").asInt()).isEqualTo(1024);
        assertThat(info.get("layers").asInt()).isEqualTo(6);
        assertThat(info.get("heads").asInt()).isEqualTo(8);
        assertThat(info.get("key_value_heads").asInt()).isEqualTo(4);
        assertThat(info.get("vocabulary_size").asInt()).isEqualTo(2048);
        assertThat(info.get("chat_template").asString()).contains("USER: ");
        assertThat(info.get("sees").asBoolean()).isTrue();
        assertThat(info.get("hears").asBoolean()).isFalse();
        assertThat(info.get("projectors_beside").get(0).asString())
                .isEqualTo(TestModels.bundledProjector().toString());
        assertThat(info.get("memory_bytes").propertyNames())
                .containsExactly("main", "mapped", "weights", "cache", "compute", "logits", "projector", "encoding");
        assertThat(info.get("memory_bytes").get("cache").asLong()).isEqualTo(1024L * 6 * 4 * 32 * 2 * 2);
        assertThat(info.get("memory_bytes").get("encoding").asLong()).isPositive();
        assertThat(info.get("sees_by_itself").asBoolean()).isFalse();
        assertThat(info.get("tiling").isNull()).isTrue();
        assertThat(info.get("metadata").get("tokenizer.ggml.bos_token_id").asInt())
                .isEqualTo(1);
        assertThat(info.get("metadata").get("tokenizer.ggml.tokens").toString())
                .isEqualTo("{\"elements\":\"string\",\"size\":2048}");
        assertThat(info.get("metadata").get("general.languages").get(0).asString())
                .isEqualTo("en");
    }

    @Test
    void tellsOfTheProjector() {
        JsonNode info = json(TestModels.bundledProjector());

        assertThat(info.propertyNames()).containsExactlyElementsOf(FIELDS);
        assertThat(info.get("kind").asString()).isEqualTo("projector");
        assertThat(info.get("sees").asBoolean()).isTrue();
        assertThat(info.get("hears").asBoolean()).isFalse();
        assertThat(info.get("context_length").isNull()).isTrue();
        assertThat(info.get("chat_template").isNull()).isTrue();
        assertThat(info.get("memory_bytes").isNull()).isTrue();
        assertThat(CommandRun.of("info", TestModels.bundledProjector().toString())
                        .out())
                .contains("projector       mlp", "image size      112 pixels", "sees            yes")
                .doesNotContain("tiles");
    }

    @Test
    void tellsHowAProjectorCutsPicturesAndWhatItLacks() {
        Path cut = folder.resolve("cut.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaNextProjector())) {
            GgufWriter.copyOf(file).removeTensor("v.image_newline").write(cut);
        }

        assertThat(json(TestModels.tinyLlavaNextProjector()).get("tiling").toString())
                .isEqualTo("{\"kind\":\"merged\",\"note\":\"\"}");
        assertThat(json(cut).get("tiling").get("note").asString()).contains("no tensor v.image_newline");
        assertThat(CommandRun.of("info", TestModels.tinyLlavaNextProjector().toString())
                        .out())
                .contains("tiles           merged row by row, as LLaVA-NeXT was trained")
                .doesNotContain("lacks");
        assertThat(CommandRun.of("info", cut.toString()).out())
                .contains("tiles           as llama.cpp makes them", "lacks           ", "no tensor v.image_newline");
    }

    @Test
    void listsTensorsAndFullListsOnRequest() {
        JsonNode info = json("--tensors", "--full");

        assertThat(info.get("metadata").get("tokenizer.ggml.tokens")).hasSize(2048);
        assertThat(info.get("tensors")).hasSize(57);
        assertThat(info.get("tensors").get(0).propertyNames()).containsExactly("name", "type", "shape", "bytes");
        assertThat(CommandRun.of("info", "--tensors").out()).contains("token_embd.weight", "[2048, 256]");
    }

    @Test
    void peopleGetAnOverview() {
        String out = CommandRun.of("info").out();

        assertThat(out)
                .startsWith(TestModels.bundled() + ": text model\n")
                .contains(
                        "  parameters      5,770,496 in 57 tensors, 3.2 MiB, 4.70 bits per weight\n",
                        "  quantization    q4_0 90.9 %, q6_K 9.1 %, f32 0.1 %\n",
                        "  context length  1,024 tokens\n",
                        "  sees            through mmproj-pico-llava-f16.gguf\n",
                        "more lines (--full)\n",
                        "  llama.block_count = 6\n");
        assertThat(CommandRun.of("info", "--full").out()).doesNotContain("...").contains("add_generation_prompt");
    }

    @Test
    void strangeFilesLackFactsButNotAnAnswer() {
        Path strange = folder.resolve("strange.gguf");
        GgufWriter.create()
                .put("general.architecture", "abacus")
                .put("abacus.block_count", GgufValue.u32(3))
                .put("abacus.attention.head_count", GgufValue.integers(GgufType.I32, 4, 8, 4))
                .put("abacus.beads", GgufValue.integers(GgufType.U64, -1L))
                .tensor("beads", GgmlType.F32, Shape.of(2, 3), channel -> channel.write(ByteBuffer.allocate(24)))
                .write(strange);

        JsonNode info = json(strange);

        assertThat(info.get("kind").asString()).isEqualTo("text_model");
        assertThat(info.get("layers").asInt()).isEqualTo(3);
        assertThat(info.get("heads").isNull()).isTrue();
        assertThat(info.get("metadata").get("abacus.attention.head_count").toString())
                .isEqualTo("[4,8,4]");
        assertThat(info.get("metadata").get("abacus.beads").toString()).isEqualTo("[18446744073709551615]");
        assertThat(info.get("sees").asBoolean()).isFalse();
        assertThat(CommandRun.of("info", strange.toString()).out()).contains("none; ChatML is used");
    }

    @Test
    void partsOfASplitModelAreCountedTogether() {
        Path first = folder.resolve("m-00001-of-00003.gguf");
        part(0, 2).write(first);
        part(1, 5).write(folder.resolve("m-00002-of-00003.gguf"));

        JsonNode info = json(first);

        assertThat(info.get("parameters").asInt()).isEqualTo(7);
        assertThat(info.get("missing_parts").get(0).asString()).endsWith("m-00003-of-00003.gguf");
    }

    private static GgufWriter part(int index, int elements) {
        return GgufWriter.create()
                .put("general.architecture", "llama")
                .put(
                        "split.no",
                        GgufValue.integers(GgufType.U16, index).asList().getFirst())
                .put("split.count", GgufValue.integers(GgufType.U16, 3).asList().getFirst())
                .tensor(
                        "t" + index,
                        GgmlType.F32,
                        Shape.of(elements),
                        channel -> channel.write(ByteBuffer.allocate(4 * elements)));
    }

    @Test
    void filesThatAreNoModelsAreCodeThree() {
        CommandRun run = CommandRun.of("info", "pom.xml");

        assertThat(run.code()).isEqualTo(ExitCode.MODEL);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("vlm4j: pom.xml").contains("not a GGUF file");
    }
}
