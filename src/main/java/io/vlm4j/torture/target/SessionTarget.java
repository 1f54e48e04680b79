package io.vlm4j.torture.target;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.torture.mutate.ByteMutator;
import io.vlm4j.torture.mutate.Field;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Loads saved conversations and goes on with them.
final class SessionTarget extends Target {
    private static final int HEADER = 12;
    private static final int CHECKSUM = 32;
    private static final int SECTIONS = 4;
    private static final ChatOptions OPTIONS = ChatOptions.builder()
            .generation(GenerationOptions.builder().maxTokens(3).ignoreEnd(true).build())
            .build();

    private final Model model;
    private final ChatTemplate template;
    private final Generator generator;
    private final byte[] good;
    private final List<Field> fields;
    private final int state;
    private final ByteMutator damages = new ByteMutator(ByteOrder.LITTLE_ENDIAN);

    SessionTarget(SeedFiles seeds, Path folder) {
        model = Model.open(seeds.tinyModel());
        try {
            Projector projector = model.openProjector(
                    seeds.tinyProjector(), ProjectorOptions.builder().threads(1).build());
            template = ChatTemplate.of(model);
            InferenceContext context = InferenceContext.create(
                    model,
                    ContextOptions.builder().contextLength(256).threads(1).build());
            generator = new Generator(context, projector);
            good = save(folder.resolve("good.chat"));
        } catch (Throwable t) {
            model.close();
            throw t;
        }
        fields = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
        int at = HEADER;
        int last = at;
        for (int section = 0; section < SECTIONS; section++) {
            fields.add(new Field(at, 8));
            last = at + 8;
            at += 8 + (int) buffer.getLong(at);
        }
        state = last;
        for (int i = 0; i < 64; i += 4) {
            fields.add(new Field(state + i, 4));
        }
    }

    private byte[] save(Path file) {
        Chat chat = Chat.of(generator, template, OPTIONS);
        chat.say("What is it?", ProjectorTarget.picture(20, 20));
        chat.save(file);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] mutate(RandomGenerator random) {
        byte[] content = Arrays.copyOf(good, good.length - CHECKSUM);
        int hot = random.nextBoolean() ? state + 256 : content.length;
        byte[] bad = damages.mutate(content, hot, fields, random);
        byte[] whole = Arrays.copyOf(bad, bad.length + CHECKSUM);
        if (random.nextInt(10) > 0) {
            System.arraycopy(sha256(bad), 0, whole, bad.length, CHECKSUM);
        }
        return whole;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }

    @Override
    public void use(Path input) {
        Chat chat = Chat.load(input, generator, template, OPTIONS);
        try (TimeLimit limit = new TimeLimit()) {
            chat.say(ChatMessage.user("And?"), event -> {}, limit.cancellation());
        } catch (Vlm4jException.ContextFull e) {
            // more words than fit, which is nothing wrong with them
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
