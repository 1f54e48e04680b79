package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentHashesTest {
    private final RecentHashes hashes = new RecentHashes();

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void whatComesAgainHasTheSameHash() throws Exception {
        for (int length : new int[] {0, 100, 100_000, 5_000_000}) {
            byte[] bytes = bytes(length, 1);

            assertThat(hashes.of(bytes)).isEqualTo(sha256(bytes));
            assertThat(hashes.of(bytes.clone())).isEqualTo(sha256(bytes));
        }
        assertThat(hashes.held()).isEqualTo(100_000);
    }

    @Test
    void bytesThatTheCallerChangesAreNotTakenForWhatTheyWere() throws Exception {
        byte[] bytes = bytes(50_000, 2);
        byte[] before = bytes.clone();
        hashes.of(bytes);
        bytes[49_999]++;

        assertThat(hashes.of(bytes)).isEqualTo(sha256(bytes));
        assertThat(hashes.of(before)).isEqualTo(sha256(before));
    }

    @Test
    void onlySoManyAreKept() throws Exception {
        for (int i = 0; i < 40; i++) {
            byte[] bytes = bytes(1_000_000, i);
            assertThat(hashes.of(bytes)).isEqualTo(sha256(bytes));
            assertThat(hashes.of(bytes(1_000_000, 0))).isEqualTo(sha256(bytes(1_000_000, 0)));
        }
        assertThat(hashes.held()).isEqualTo(16_000_000);
    }
}
