package io.vlm4j.isolation.internal;

import io.vlm4j.chat.ChatOptions;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.LoadListener;
import io.vlm4j.vlm.VlmOptions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Options and results as JSON. They are records, so Jackson carries them as they are; what has no meaning in another
/// process (listeners, steps written in Java, native objects) was refused before, or is the other side's own.
final class Wire {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new SimpleModule("vlm4j")
                    .addSerializer(LoadListener.class, new Nothing<>())
                    .addDeserializer(LoadListener.class, new Constant<>(() -> LoadListener.NONE))
                    .addSerializer(EmbeddingCache.class, new Something<>())
                    .addDeserializer(EmbeddingCache.class, new Constant<>(EmbeddingCache::none, false))
                    .addSerializer(Adapters.class, new Nothing<>())
                    .addDeserializer(Adapters.class, new Constant<>(Adapters::none))
                    .addSerializer(WatchedLayers.class, new Nothing<>())
                    .addDeserializer(WatchedLayers.class, new Constant<>(WatchedLayers::none))
                    .addSerializer(Speculation.None.class, new Nothing<>())
                    .addDeserializer(Speculation.class, new Guesses()))
            .build();

    private Wire() {}

    static byte[] toBytes(Object value) {
        return JSON.writeValueAsBytes(value);
    }

    static <T> T read(byte[] json, Class<T> type) {
        return JSON.readValue(json, type);
    }

    /// @throws IllegalArgumentException naming what cannot cross
    static void check(VlmOptions options) {
        refuse(
                options.projector()
                        .cache()
                        .filter(cache -> cache != EmbeddingCache.none())
                        .isPresent(),
                "a cache of embeddings is memory of this process (ProjectorOptions.cache); the isolated one has its own");
        refuse(options.context().watchable(), "layers cannot be watched in another process (ContextOptions.watchable)");
    }

    /// @throws IllegalArgumentException naming what cannot cross
    static void check(GenerationOptions options) {
        refuse(
                !options.sampling().custom().isEmpty(),
                "sampling steps written in Java cannot run in another process (SamplingOptions.custom)");
        refuse(
                !options.adapters().isEmpty(),
                "adapters are native objects of this process (GenerationOptions.adapters); name the files of an isolated"
                        + " model's with IsolatedVlm.use");
        refuse(!options.layers().isEmpty(), "layers cannot be watched in another process (GenerationOptions.layers)");
        refuse(
                options.speculation() instanceof Speculation.DraftModel,
                "a draft model is a native object of this process (GenerationOptions.speculation)");
    }

    /// @throws IllegalArgumentException naming what cannot cross
    static void check(ChatOptions options) {
        check(options.generation());
    }

    private static void refuse(boolean present, String why) {
        if (present) {
            throw new IllegalArgumentException(why + ", or ask a Vlm in this process");
        }
    }

    private static final class Nothing<T> extends ValueSerializer<T> {
        @Override
        public void serialize(T value, JsonGenerator json, SerializationContext context) {
            json.writeNull();
        }
    }

    private static final class Something<T> extends ValueSerializer<T> {
        @Override
        public void serialize(T value, JsonGenerator json, SerializationContext context) {
            json.writeBoolean(true);
        }
    }

    private static final class Constant<T> extends ValueDeserializer<T> {
        private final Supplier<T> value;

        private final boolean insteadOfNothing;

        Constant(Supplier<T> value) {
            this(value, true);
        }

        /// @param insteadOfNothing whether the value also stands for one that is not there
        Constant(Supplier<T> value, boolean insteadOfNothing) {
            this.value = value;
            this.insteadOfNothing = insteadOfNothing;
        }

        @Override
        public T deserialize(JsonParser json, DeserializationContext context) {
            json.skipChildren();
            return value.get();
        }

        @Override
        public @Nullable Object getNullValue(DeserializationContext context) {
            return insteadOfNothing ? value.get() : null;
        }
    }

    private static final class Guesses extends ValueDeserializer<Speculation> {
        @Override
        public Speculation deserialize(JsonParser json, DeserializationContext context) {
            return json.currentToken() == JsonToken.VALUE_NULL
                    ? Speculation.none()
                    : json.readValueAs(Speculation.NgramLookup.class);
        }

        @Override
        public Object getNullValue(DeserializationContext context) {
            return Speculation.none();
        }
    }
}
