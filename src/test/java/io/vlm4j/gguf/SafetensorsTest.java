package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    private static final Path EVERY_DTYPE = GoldenFiles.gguf("every-dtype.safetensors");

    @TempDir
    Path folder;

    @Test
    void readsEveryElementTypeThatThePythonPackageWrote() {
        try (Safetensors file = Safetensors.open(EVERY_DTYPE)) {
            assertThat(file.tensor("f64").toFloatArray()).containsExactly(0.1f, Float.NEGATIVE_INFINITY);
            assertThat(file.tensor("f32").shape()).isEqualTo(Shape.of(2, 3));
            assertThat(file.tensor("f32").toFloatArray()).containsExactly(0.5f, -1.5f, 3, 1e30f, 0.1f, -0f);
            assertThat(file.tensor("f16").toFloatArray()).containsExactly(0.5f, -65504, 0x1p-24f);
            assertThat(file.tensor("bf16").toFloatArray()).containsExactly(1, -2, 0x1.fep127f);
            assertThat(file.tensor("i64").toLongArray()).containsExactly(-1, 1L << 62);
            assertThat(file.tensor("i32").toIntArray()).containsExactly(-1, 1 << 30);
            assertThat(file.tensor("i16").toIntArray()).containsExactly(-32768, 7);
            assertThat(file.tensor("i8").toIntArray()).containsExactly(-128, 7);
            assertThat(file.tensor("u8").toIntArray()).containsExactly(0, 255);
            assertThat(file.tensor("bool").toIntArray()).containsExactly(1, 0);
            assertThat(file.tensor("bool").dtype()).isEqualTo(DType.BOOL);
            assertThat(file.tensor("scalar").getFloat()).isEqualTo(2.5f);
            assertThat(file.tensor("empty").shape()).isEqualTo(Shape.of(0, 3));
            assertThat(file.tensor("name with \u00e4 and \"quotes\"").toIntArray())
                    .containsExactly(1);
            assertThat(file.metadata()).containsOnly(Map.entry("note", "a\nb"));
            assertThat(file.names()).hasSize(14).isUnmodifiable();
        }
    }

    @Test
    void readsTheOutputsOfTransformers() {
        try (Safetensors file = Safetensors.open(GoldenFiles.llava("single.safetensors"))) {
            assertThat(file.tensor("input_ids").toLongArray()).hasSize(61).startsWith(1);
            assertThat(file.tensor("logits").shape()).isEqualTo(Shape.of(1, 61, 330));
            assertThat(file.tensor("loss").getFloat()).isBetween(5f, 7f);
            assertThat(file).asString().contains("single.safetensors", "tensors");
        }
    }

    @Test
    void refusesElementTypesWithoutCounterpartOnlyWhenAskedForThem() {
        try (Safetensors file = Safetensors.open(EVERY_DTYPE)) {
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> file.tensor("u16"))
                    .withMessageContainingAll("every-dtype.safetensors", "'u16'", "U16");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.tensor("none"))
                    .withMessageContaining("'none'");
        }
    }

    @Test
    void tensorsEndWithTheFile() {
        Safetensors file = Safetensors.open(EVERY_DTYPE);
        Tensor tensor = file.tensor("f32");
        file.close();
        file.close();
        assertThat(file.names()).contains("f32");
        assertThatIllegalStateException().isThrownBy(tensor::toFloatArray);
    }

    @Test
    void readsEscapesWhiteSpaceAndUnalignedData() throws IOException {
        String header =
                " {\t\"\\u0061\\ud83c\\udf4e\\/\\n\" :\n{ \"shape\":[ 1 ,\r2 ],\"data_offsets\":[0,8],\"dtype\":\"F32\"}}  ";
        try (Safetensors file = Safetensors.open(write(header.strip() + " ", 8))) {
            assertThat(file.names()).containsExactly("a\ud83c\udf4e/\n");
            assertThat(file.tensor("a\ud83c\udf4e/\n").toFloatArray()).containsExactly(0, 0);
        }
        try (Safetensors empty = Safetensors.open(write("{}", 0))) {
            assertThat(empty.names()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                                        | 0 | end of the header",
                "{}x                                                      | 0 | found 'x'",
                "{'a'}                                                    | 0 | expected ':', found '}'",
                "{'a':1}                                                  | 0 | expected '{', found '1'",
                "{'a':{}}                                                 | 0 | tensor 'a' lacks",
                "{'a':{'dtype':'F32','shape':[1]}}                        | 4 | lacks",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}     | 4 | lacks",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4,8]}} | 4 | more than 2 numbers",
                "{'a':{'dtype':'F32','dtype':'F32'}}                      | 4 | 'dtype' a second time",
                "{'a':{'type':'F32'}}                                     | 4 | unknown field 'type'",
                "{'a':{'dtype':32}}                                       | 4 | expected '\"', found '3'",
                "{'a':{'shape':[1,]}}                                     | 4 | found ']'",
                "{'a':{'shape':[,1]}}                                     | 4 | found ','",
                "{'a':{'shape':[-1]}}                                     | 4 | non-negative integer, found '-'",
                "{'a':{'shape':[01]}}                                     | 4 | leading zero",
                "{'a':{'shape':[1.5]}}                                    | 4 | expected ',', found '.'",
                "{'a':{'shape':[9223372036854775808]}}                    | 4 | exceeds 2^63-1",
                "{'a':{'shape':[4294967296,4294967296]}}                  | 4 | 2^63-1 elements",
                "{'a':{'shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}}      | 4 | more than 16 numbers",
                "{'a                                                      | 4 | unfinished string",
                "{'a\\q'                                                  | 4 | unknown escape",
                "{'a\\u12g4'                                              | 4 | four hexadecimal digits",
                "{'a\\ud800b'                                             | 4 | surrogate",
                "{'__metadata__':{'a':1}}                                 | 0 | expected '\"'",
                "{'__metadata__':{'a':'1','a':'2'}}                       | 0 | 'a' occurs a second time",
                "{'__metadata__':{},'__metadata__':{}}                    | 0 | '__metadata__' lacks",
                "[]                                                       | 0 | not a safetensors file",
            })
    void refusesHeadersThatAreNotOfTheFormat(String header, int data, String message) throws IOException {
        assertRefused(write(header.replace('\'', '"'), data), message);
    }

    @Test
    void refusesNamesThatAreNotUtf8OrOccurTwice() throws IOException {
        assertRefused(write("{\"\u00ff\":{}}", 0), "is not UTF-8");
        String twice = tensor("a", "F32", "[1]", 0, 4) + "," + tensor("a", "F32", "[1]", 4, 8);
        assertRefused(write("{" + twice + "}", 8), "tensor 'a' occurs a second time");
    }

    @Test
    void refusesDataThatDoNotFit() throws IOException {
        assertRefused(write("{" + tensor("a", "F32", "[1]", 0, 4) + "}", 3), "take 4 bytes", "has 3", "cut off?");
        assertRefused(write("{" + tensor("a", "F32", "[1]", 0, 4) + "}", 5), "take 4 bytes", "has 5");
        assertRefused(write("{" + tensor("a", "F32", "[2]", 0, 4) + "}", 4), "'a'", "shape [2] has 4 bytes");
        assertRefused(write("{" + tensor("a", "F32", "[1]", 0, 5) + "}", 5), "'a'", "shape [1] has 5 bytes");
        assertRefused(write("{" + tensor("a", "F32", "[1]", 4, 8) + "}", 8), "'a'", "from byte 4", "byte 0 is next");
        assertRefused(write("{" + tensor("a", "F8_E4M3", "[1]", 4, 0) + "}", 4), "'a'", "from byte 4 to 0");
        String overlap = tensor("a", "F32", "[1]", 0, 4) + "," + tensor("b", "F32", "[1]", 2, 6);
        assertRefused(write("{" + overlap + "}", 6), "'b'", "byte 4 is next");
        String all = tensor("a", "U8", "[0]", Long.MAX_VALUE, Long.MAX_VALUE);
        assertRefused(write("{" + all + "}", 6), "'a'", "byte 0 is next");
    }

    @Test
    void refusesFilesOfOtherFormatsAndLengths() throws IOException {
        assertRefused(folder.resolve("none.safetensors"), "does not exist");
        assertRefused(Files.writeString(folder.resolve("x"), "short"), "not a safetensors file", "\"short\"");
        assertRefused(Files.writeString(folder.resolve("x"), "GGUF, not this"), "this is a GGUF file");
        assertRefused(Files.writeString(folder.resolve("x"), "        {}"), "claims 2314885530818453536 bytes");
        assertRefused(Files.write(folder.resolve("x"), prefixed(-1, "{}", 0)), "claims 18446744073709551615 bytes");
        assertRefused(Files.write(folder.resolve("x"), new byte[0]), "it is empty");
    }

    private static String tensor(String name, String dtype, String shape, long begin, long end) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + ","
                + end + "]}";
    }

    private Path write(String header, int data) throws IOException {
        return Files.write(folder.resolve("model.safetensors"), prefixed(header.length(), header, data));
    }

    private static byte[] prefixed(long length, String header, int data) {
        return ByteBuffer.allocate(8 + header.length() + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header.getBytes(StandardCharsets.ISO_8859_1))
                .array();
    }

    private static void assertRefused(Path path, String... message) {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> Safetensors.open(path))
                .withMessageStartingWith(path.toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }
}
