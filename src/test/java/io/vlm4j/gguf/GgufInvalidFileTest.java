package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every rule that the reader checks, broken one at a time.
class GgufInvalidFileTest {
    @TempDir
    Path folder;

    @Test
    void saysThatAFileDoesNotExist() {
        assertRefused(folder.resolve("none.gguf"), "none.gguf does not exist");
    }

    @Test
    void saysThatAFolderIsNoFile() {
        assertRefused(folder, "is a directory");
    }

    @Test
    void saysWhatAnEmptyFileIs() throws IOException {
        assertRefused(write(""), "not a GGUF file: it is empty");
    }

    @Test
    void showsTheBeginningOfATextFile() throws IOException {
        assertRefused(write("# My model\n\nIt sees."), "not a GGUF file", "23 20 4d 79 20", "\"# My model..It sees.\"");
    }

    @Test
    void recognisesDownloadsThatWentWrong() throws IOException {
        assertRefused(write("version https://git-lfs.github.com/spec/v1\noid sha256:1"), "Git LFS pointer");
        assertRefused(write("<!DOCTYPE html><html>404"), "web page");
        assertRefused(write("PK\u0003\u0004\u0000\u0000"), "ZIP archive");
        assertRefused(write("\u0010\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":1}"), "safetensors");
        assertRefused(write("\u0000".repeat(100)), "only zeros");
        assertRefused(write("GG"), "not a GGUF file");
    }

    @Test
    void refusesOtherVersionsAndByteOrders() {
        assertRefused(new GgufBytes().text("GGUF").i32(1).i64(0).i64(0), "version 1");
        assertRefused(new GgufBytes().text("GGUF").i32(4).i64(0).i64(0), "version 4", "versions 2 and 3 are known");
        assertRefused(new GgufBytes().text("GGUF").i32(0).i64(0).i64(0), "version 0");
        assertRefused(new GgufBytes().text("GGUF").i32(3 << 24).i64(0).i64(0), "big-endian");
    }

    @Test
    void readsVersion2() {
        try (GgufFile file = new GgufBytes().text("GGUF").i32(2).i64(0).i64(0).open()) {
            assertThat(file.version()).isEqualTo(2);
        }
    }

    @Test
    void refusesCountsThatTheFileCannotHold() {
        assertRefused(GgufBytes.header(1L << 60, 0).data(64), "claims 1152921504606846976 tensors");
        assertRefused(GgufBytes.header(-1, 0).data(64), "claims 18446744073709551615 tensors");
        assertRefused(GgufBytes.header(0, 1L << 60).data(64), "claims 1152921504606846976 metadata keys");
        assertRefused(GgufBytes.header(0, 66_000).data(1_000_000), "66000 metadata keys", "65536 allowed");
        assertRefused(new GgufBytes().text("GGUF").i32(3).i32(0), "is cut off", "the number of tensors");
    }

    @Test
    void refusesBadKeysNamingThePosition() {
        assertRefused(GgufBytes.header(0, 1).string("").data(32), "metadata key 0", "at byte 24", "empty name");
        assertRefused(
                GgufBytes.header(0, 1).string("k".repeat(65_536)).data(32), "65536 bytes in the key", "65535 allowed");
        assertRefused(GgufBytes.header(0, 1).string("a\0b").data(32), "zero character");
        assertRefused(GgufBytes.header(0, 1).string("\u00ff").data(32), "not UTF-8");
        assertRefused(GgufBytes.header(0, 1).i64(Long.MAX_VALUE).data(32), "claims 9223372036854775807 bytes");
        assertRefused(
                GgufBytes.header(0, 2)
                        .string("k")
                        .i32(GgufBytes.U32)
                        .i32(1)
                        .string("k")
                        .i32(GgufBytes.U32)
                        .i32(1),
                "metadata key 'k' at byte 41 occurs a second time");
    }

    @Test
    void refusesBadValuesNamingTheKey() {
        assertRefused(key().i32(13).i8(0), "metadata key 'k' at byte 24", "unknown value type 13");
        assertRefused(key().i32(-1).i8(0), "unknown value type 4294967295");
        assertRefused(key().i32(GgufBytes.BOOL).i8(2), "truth value 2");
        assertRefused(key().i32(GgufBytes.U32).i8(2), "is cut off");
        assertRefused(key().i32(GgufBytes.STRING).i64(9).text("abc"), "claims 9 bytes", "3 are left");
        assertRefused(key().i32(GgufBytes.STRING).i64(-1).text("abc"), "claims 18446744073709551615 bytes");
    }

    @Test
    void refusesBadArraysNamingTheKey() {
        GgufBytes endless = key().i32(GgufBytes.ARRAY).i32(GgufBytes.U32).i64(1L << 61);
        assertRefused(endless, "metadata key 'k'", "array of 2305843009213693952 elements");
        assertRefused(
                key().i32(GgufBytes.ARRAY)
                        .i32(GgufBytes.STRING)
                        .i64(2)
                        .string("ab")
                        .i64(3),
                "claims 3 bytes");
        assertRefused(key().i32(GgufBytes.ARRAY).i32(GgufBytes.STRING).i64(-1), "array of 18446744073709551615");
        assertRefused(key().i32(GgufBytes.ARRAY).i32(GgufBytes.BOOL).i64(1).i8(7), "truth value 7");
        assertRefused(key().i32(GgufBytes.ARRAY).i32(99).i64(1), "unknown value type 99");
    }

    @Test
    void refusesArraysNestedWithoutEnd() {
        GgufBytes nested = key().i32(GgufBytes.ARRAY);
        for (int i = 0; i < 100_000; i++) {
            nested.i32(GgufBytes.ARRAY).i64(1);
        }
        assertRefused(nested, "nests arrays more than 8 deep");
    }

    @Test
    void refusesBadAlignments() {
        assertRefused(alignment().i32(GgufBytes.U32).i32(0).data(0), "general.alignment = 0");
        assertRefused(alignment().i32(GgufBytes.U32).i32(33).data(0), "general.alignment = 33", "power of two");
        assertRefused(alignment().i32(GgufBytes.BOOL).i8(1).data(0), "BOOL");
    }

    @Test
    void refusesBadTensorNames() {
        assertRefused(GgufBytes.header(1, 0).tensor("", 0, 0, 1).data(32), "tensor 0 at byte 24", "empty name");
        assertRefused(
                GgufBytes.header(1, 0).tensor("n".repeat(64), 0, 0, 1).data(32), "64 bytes in the name", "63 allowed");
        assertRefused(
                GgufBytes.header(2, 0)
                        .tensor("t", 0, 0, 1)
                        .tensor("t", 0, 32, 1)
                        .data(64),
                "tensor 't' at byte 57 occurs a second time");
    }

    @Test
    void refusesBadShapesNamingTheTensor() {
        assertRefused(GgufBytes.header(1, 0).tensor("t", 0, 0, 1, 1, 1, 1, 1).data(32), "tensor 't'", "5 dimensions");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 0, 0, -1).data(32), "negative dimension");
        assertRefused(
                GgufBytes.header(1, 0).tensor("t", 0, 0, 1L << 40, 1L << 40).data(32), "2^63-1");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 28, 0, 1L << 60).data(32), "2^63-1");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 2, 0, 33).data(32), "33 elements", "32 in a block of Q4_0");
    }

    @Test
    void refusesUnknownAndWithdrawnTypes() {
        assertRefused(GgufBytes.header(1, 0).tensor("t", 4, 0, 32).data(32), "tensor 't'", "element type 4");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 43, 0, 32).data(32), "element type 43");
        assertRefused(GgufBytes.header(1, 0).tensor("t", -1, 0, 32).data(32), "element type 4294967295");
    }

    @Test
    void refusesDataThatAreMisplaced() {
        assertRefused(GgufBytes.header(1, 0).tensor("t", 0, 8, 1).data(32), "offset 8", "alignment 32");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 0, -32, 1).data(32), "offset 18446744073709551584");
        assertRefused(
                GgufBytes.header(1, 0).tensor("t", 0, 32, 1).data(32),
                "tensor 't' at byte 96",
                "beyond the end of the file at byte 96");
        assertRefused(
                GgufBytes.header(1, 0).tensor("t", 0, Long.MAX_VALUE - 31, 1).data(32), "beyond the end");
        assertRefused(
                GgufBytes.header(2, 0)
                        .tensor("s", 0, 0, 9)
                        .tensor("t", 0, 32, 8)
                        .data(96),
                "tensor 't'",
                "overlap those of tensor 's'");
        assertRefused(GgufBytes.header(1, 0).tensor("t", 0, 0, 0), "data section should begin at byte 64");
    }

    @Test
    void acceptsTensorsInAnyOrderWithGapsAndWithoutElements() {
        GgufBytes bytes = GgufBytes.header(3, 0)
                .tensor("b", 0, 64, 8)
                .tensor("none", 0, 64, 8, 0)
                .tensor("a", 0, 0, 8);
        try (GgufFile file = bytes.data(96).open()) {
            assertThat(file.tensors().keySet()).containsExactly("b", "none", "a");
            assertThat(file.toTensor("none").byteSize()).isZero();
        }
    }

    @Test
    void truncationAnywhereIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(GoldenFiles.gguf("every-type.gguf"));
        for (int length = 0; length < whole.length - 64; length++) {
            Path name = Path.of("cut.gguf");
            var cut = MemorySegment.ofArray(whole).asSlice(0, length);
            assertThatExceptionOfType(InvalidFile.class)
                    .as("%s bytes", length)
                    .isThrownBy(() -> GgufFile.of(name, cut))
                    .withMessageStartingWith("cut.gguf");
        }
    }

    private static GgufBytes key() {
        return GgufBytes.header(0, 1).string("k");
    }

    private static GgufBytes alignment() {
        return GgufBytes.header(0, 1).string("general.alignment");
    }

    private Path write(String content) throws IOException {
        return Files.writeString(folder.resolve("model.gguf"), content, StandardCharsets.ISO_8859_1);
    }

    private static void assertRefused(GgufBytes bytes, String... message) {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(bytes::open)
                .withMessageStartingWith("model.gguf: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }

    private static void assertRefused(Path path, String... message) {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufFile.open(path))
                .withMessageStartingWith(path.toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }
}
