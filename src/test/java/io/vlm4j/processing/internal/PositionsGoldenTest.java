package io.vlm4j.processing.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.Padding;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.prompt.TokenizedPrompt.Chunk;
import io.vlm4j.prompt.TokenizedPrompt.MediaChunk;
import io.vlm4j.prompt.TokenizedPrompt.TextChunk;
import io.vlm4j.testkit.Golden;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Positions on three axes and token types of batches, equal to those of transformers' Qwen2-VL (`get_rope_index`) and
/// of its processor of Gemma 3.
class PositionsGoldenTest {
    private static Golden golden(String name) {
        return Golden.open("positions/" + name);
    }

    private static Optional<PixelValues> pictures(int count) {
        ImageInput[] images = new ImageInput[count];
        Arrays.fill(images, ImageInput.ofRgb(2, 2, ByteBuffer.allocate(12)));
        return count == 0
                ? Optional.empty()
                : Optional.of(ImageProcessor.clip(2).process(List.of(images)));
    }

    /// @param masked ids of one example, without its padding
    /// @param rows   positions of one picture
    /// @param grid   whether a picture is a square of positions
    private static TokenRow row(int[] masked, int imageToken, int rows, boolean grid) {
        List<Chunk> chunks = new ArrayList<>();
        List<Integer> text = new ArrayList<>();
        for (int i = 0; i < masked.length; i++) {
            if (masked[i] != imageToken) {
                text.add(masked[i]);
                continue;
            }
            if (!text.isEmpty()) {
                chunks.add(new TextChunk(text));
                text = new ArrayList<>();
            }
            chunks.add(new MediaChunk(rows, grid ? (int) Math.sqrt(rows) : rows, "a"));
            i += rows - 1;
        }
        if (!text.isEmpty()) {
            chunks.add(new TextChunk(text));
        }
        return TokenRow.of(chunks, imageToken);
    }

    private static List<TokenRow> rows(int[] ids, int[] mask, int examples, int imageToken, int rows, boolean grid) {
        int length = ids.length / examples;
        return IntStream.range(0, examples)
                .mapToObj(example -> row(
                        IntStream.range(example * length, (example + 1) * length)
                                .filter(i -> mask[i] == 1)
                                .map(i -> ids[i])
                                .toArray(),
                        imageToken,
                        rows,
                        grid))
                .toList();
    }

    @Test
    void positionsOfPicturesAreThoseOfQwen2Vl() {
        try (Golden golden = golden("mrope-positions")) {
            int image = golden.description().get("image_token").asInt();
            int pad = golden.description().get("pad_token").asInt();
            int compared = 0;
            for (JsonNode layout : golden.description().get("cases")) {
                String name = layout.get("name").asString();
                int side = layout.get("rows")
                        .valueStream()
                        .flatMap(JsonNode::valueStream)
                        .filter(JsonNode::isArray)
                        .findFirst()
                        .orElseThrow()
                        .get(0)
                        .asInt();
                if (side == 1) {
                    continue; // one row is no grid: its position is that of a token
                }
                int[] ids = golden.ints(name + ".input_ids");
                int[] mask = golden.ints(name + ".attention_mask");
                List<TokenRow> rows = rows(ids, mask, layout.get("rows").size(), image, side * side, true);
                Padding padding = Padding.valueOf(layout.get("side").asString().toUpperCase(Locale.ROOT));
                ForwardInput input = Batch.of(
                        rows,
                        new Batch.Settings(330, image, pad, padding, false),
                        pictures(rows.stream()
                                .mapToInt(row -> row.pictures().size())
                                .sum()));

                assertThat(input.inputIds().toIntArray()).as(name).isEqualTo(ids);
                assertThat(input.attentionMask().toIntArray()).as(name).isEqualTo(mask);
                assertThat(input.positionIds().toIntArray()).as(name).isEqualTo(golden.ints(name + ".position_ids"));
                compared++;
            }
            assertThat(compared).isGreaterThan(35);
        }
    }

    @Test
    void tokenTypesAreThoseOfGemma3() {
        try (Golden golden = golden("gemma3-types")) {
            JsonNode about = golden.description();
            int image = about.get("image_token").asInt();
            for (Padding padding : Padding.values()) {
                String side = padding.name().toLowerCase(Locale.ROOT);
                int[] ids = golden.ints(side + ".input_ids");
                int[] mask = golden.ints(side + ".attention_mask");
                List<TokenRow> rows = rows(
                        ids,
                        mask,
                        about.get("texts").size(),
                        image,
                        about.get("rows_per_image").asInt(),
                        false);
                Batch.Settings settings = new Batch.Settings(
                        about.get("vocabulary").asInt(),
                        image,
                        about.get("pad_token").asInt(),
                        padding,
                        true);

                ForwardInput input = Batch.of(rows, settings, pictures(3));

                assertThat(input.inputIds().toIntArray()).isEqualTo(ids);
                assertThat(input.tokenTypeIds().orElseThrow().toIntArray())
                        .isEqualTo(golden.ints(side + ".token_type_ids"));
            }
        }
    }
}
