package io.vlm4j.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations that survive their process.
@Tag("native")
@Tag("model")
class SessionTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ChatOptions OPTIONS = ChatOptions.builder()
            .generation(
                    GenerationOptions.builder().maxTokens(64).ignoreEnd(true).build())
            .build();

    @TempDir
    private static Path folder;

    private static Path saved;
    private static List<ChatMessage> transcript;
    private static String next;

    @BeforeAll
    static void save() {
        saved = folder.resolve("apple.chat");
        try (Vlm vlm = open()) {
            Chat chat = vlm.chat(OPTIONS);
            chat.system("You look at pictures.");
            chat.say(WHAT, ImageInput.of(TestModels.sample("06-red_apple.png")));
            chat.save(saved);
            transcript = chat.transcript();
            next = chat.say("What else?").text();
        }
    }

    private static Vlm open() {
        return Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @Test
    void goesOnWhereItWasWithoutLookingAgain() {
        try (Vlm vlm = open()) {
            Chat chat = vlm.loadChat(saved, OPTIONS);
            assertThat(chat.transcript().stream().map(ChatMessage::text))
                    .containsExactlyElementsOf(
                            transcript.stream().map(ChatMessage::text).toList());
            int held = vlm.context().tokens();
            List<ChatEvent> events = new ArrayList<>();
            ChatReply reply = chat.say(ChatMessage.user("What else?"), events::add, new Cancellation());
            assertThat(reply.text()).isEqualTo(next);
            assertThat(events).noneMatch(event -> event instanceof ChatEvent.Progress(GenerationEvent.MediaEncoded _));
            assertThat(reply.generation().usage().reusedTokens()).isGreaterThan(held - 8);
        }
    }

    @Test
    void anEmptyConversationCanBeSaved() {
        Path file = folder.resolve("empty.chat");
        try (Vlm vlm = open()) {
            vlm.chat(OPTIONS).save(file);
            assertThat(vlm.loadChat(file, OPTIONS).transcript()).isEmpty();
        }
    }

    @Test
    void aContextThatCannotTakeTheMemoryOverEvaluatesAgain() {
        VlmOptions exact = VlmOptions.defaults()
                .withContext(ContextOptions.builder().cacheType(CacheType.F32).build());
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector(), exact)) {
            Chat chat = vlm.loadChat(saved, OPTIONS);
            assertThat(vlm.context().tokens()).isZero();
            assertThat(chat.say("What else?").text()).isNotBlank();
        }
        VlmOptions tiny = VlmOptions.defaults()
                .withContext(ContextOptions.builder().contextLength(64).build());
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector(), tiny)) {
            assertThat(vlm.loadChat(saved, OPTIONS).transcript()).hasSameSizeAs(transcript);
        }
    }

    @Test
    void anotherModelOrProjectorIsRefused() {
        try (Vlm other = Vlm.open(TestModels.tinyLlava(), TestModels.tinyLlavaProjector())) {
            assertThatThrownBy(() -> other.loadChat(saved, OPTIONS))
                    .isInstanceOf(Vlm4jException.InvalidFile.class)
                    .hasMessageContaining(saved.toString())
                    .hasMessageContaining("another model");
        }
        try (Vlm blind = Vlm.openText(TestModels.bundled(), VlmOptions.defaults())) {
            assertThatThrownBy(() -> blind.loadChat(saved, OPTIONS))
                    .isInstanceOf(Vlm4jException.InvalidFile.class)
                    .hasMessageContaining("another projector");
        }
        try (Vlm exact =
                Vlm.open(TestModels.bundled(), TestModels.reference("models/pico/mmproj-pico-llava-f32.gguf"))) {
            assertThatThrownBy(() -> exact.loadChat(saved, OPTIONS))
                    .isInstanceOf(Vlm4jException.InvalidFile.class)
                    .hasMessageContaining("another projector");
        }
    }

    @Test
    void damagedAndForeignFilesAreRefusedWithAReason() throws IOException {
        byte[] good = Files.readAllBytes(saved);
        try (Vlm vlm = open()) {
            refused(vlm, new byte[0], "0 bytes");
            refused(vlm, Files.readAllBytes(TestModels.sample("06-red_apple.png")), "another kind");
            refused(vlm, Arrays.copyOf(good, good.length - 1), "damaged or cut off");
            refused(vlm, Arrays.copyOf(good, 20_000), "damaged or cut off");
            byte[] newer = good.clone();
            newer[8] = 9;
            refused(vlm, newer, "version is 9");
            SplittableRandom random = new SplittableRandom(3);
            for (int i = 0; i < 50; i++) {
                byte[] flipped = good.clone();
                int at = 12 + random.nextInt(good.length - 12);
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                refused(vlm, flipped, "damaged or cut off");
            }
            assertThatThrownBy(() -> vlm.loadChat(folder.resolve("none.chat"), OPTIONS))
                    .isInstanceOf(Vlm4jException.InvalidFile.class)
                    .hasMessageContaining("does not exist");
            assertThatThrownBy(() -> vlm.loadChat(folder, OPTIONS)).isInstanceOf(Vlm4jException.InvalidFile.class);
        }
    }

    /// Somebody who can compute a checksum gets no further than an exception either.
    @Test
    void forgedFilesAreRefusedOrHarmless() throws Exception {
        byte[] good = Files.readAllBytes(saved);
        SplittableRandom random = new SplittableRandom(4);
        try (Vlm vlm = open()) {
            for (int i = 0; i < 60; i++) {
                byte[] forged = good.clone();
                int end = i % 2 == 0 ? 4096 : forged.length - 32;
                for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                    forged[12 + random.nextInt(end - 12)] = (byte) random.nextInt(256);
                }
                byte[] checksum =
                        MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(forged, forged.length - 32));
                System.arraycopy(checksum, 0, forged, forged.length - 32, 32);
                Path file = Files.write(folder.resolve("forged.chat"), forged);
                try {
                    vlm.loadChat(file, OPTIONS);
                } catch (Vlm4jException e) {
                    assertThat(e).hasMessageContaining("forged.chat");
                }
            }
            assertThat(vlm.ask(ImageInput.of(TestModels.sample("06-red_apple.png")), WHAT)
                            .text())
                    .isEqualTo("a red apple");
        }
    }

    /// Native code would make room for all of them.
    @Test
    void aForgedNumberOfCellsIsRefused() throws Exception {
        byte[] forged = Files.readAllBytes(saved);
        ByteBuffer bytes = ByteBuffer.wrap(forged).order(ByteOrder.LITTLE_ENDIAN);
        int at = 12; // after magic number and version
        int cells = 0;
        for (int section = 0; section < 3; section++) {
            int length = (int) bytes.getLong(at);
            cells = length / Integer.BYTES;
            at += Long.BYTES + length;
        }
        int claimed = at + Long.BYTES + 12;
        assertThat(bytes.getInt(claimed)).isEqualTo(cells);
        bytes.putInt(claimed, Integer.MAX_VALUE);
        byte[] checksum = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(forged, forged.length - 32));
        System.arraycopy(checksum, 0, forged, forged.length - 32, 32);

        try (Vlm vlm = open()) {
            refused(vlm, forged, "its memory is of 2147483647 cells");
        }
    }

    private static void refused(Vlm vlm, byte[] content, String reason) throws IOException {
        Path file = Files.write(folder.resolve("bad.chat"), content);
        assertThatThrownBy(() -> vlm.loadChat(file, OPTIONS))
                .isInstanceOf(Vlm4jException.InvalidFile.class)
                .hasMessageContaining("bad.chat")
                .hasMessageContaining(reason);
    }

    /// A process that saves again and again, killed at some moment: what is at the path can be opened.
    @Test
    void killedWhileSavingLeavesTheOldFileOrTheNew() throws Exception {
        Path file = folder.resolve("killed.chat");
        SplittableRandom random = new SplittableRandom(5);
        try (Vlm vlm = open()) {
            for (int round = 0; round < 3; round++) {
                Process saver = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:TieredStopAtLevel=1",
                                "-Dvlm4j.threads=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Saver.class.getName(),
                                file.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                byte[] ready = new byte[1];
                assertThat(saver.getInputStream().read(ready)).isEqualTo(1);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(40));
                saver.destroyForcibly().waitFor();
                assertThat(vlm.loadChat(file, OPTIONS).transcript()).isNotEmpty();
                assertThat(new String(Files.readAllBytes(file), 0, 8, StandardCharsets.US_ASCII))
                        .isEqualTo("VLM4JCHT");
            }
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.filter(path -> path.toString().endsWith(".tmp")).count())
                    .as("what a killed process could not remove is hidden, and at most one file each")
                    .isLessThanOrEqualTo(3);
        }
    }

    static final class Saver {
        private Saver() {}

        static void main(String... arguments) {
            try (Vlm vlm = open()) {
                Chat chat = vlm.chat(OPTIONS);
                chat.say(WHAT, ImageInput.of(TestModels.sample("06-red_apple.png")));
                chat.save(Path.of(arguments[0]));
                System.out.write('!');
                System.out.flush();
                while (true) {
                    chat.save(Path.of(arguments[0]));
                }
            }
        }
    }
}
