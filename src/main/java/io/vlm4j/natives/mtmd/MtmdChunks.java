package io.vlm4j.natives.mtmd;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.mtmd.MtmdH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.DeepStack;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.NativeText;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// `mtmd_input_chunks`: a prompt cut into runs of text tokens and media, the latter preprocessed and ready to
/// encode.
public final class MtmdChunks {
    private MtmdChunks() {}

    /// A piece of a prompt.
    public sealed interface Part {
        /// @param parseSpecial whether texts of special tokens become those tokens
        record Text(String text, boolean parseSpecial) implements Part {}

        /// 8-bit RGB rows, `width * height * 3` bytes.
        record Image(int width, int height, MemorySegment pixels) implements Part {}

        /// A picture of which only the size counts: it becomes as many tokens, which cannot be encoded.
        record Outline(int width, int height) implements Part {}

        /// One channel of floats at the projector's rate; two samples at least, as mtmd ends the process at one.
        record Audio(MemorySegment samples) implements Part {}
    }

    public enum Kind {
        TEXT,
        IMAGE,
        AUDIO
    }

    /// Tokenizes and preprocesses. Each image's pixels and each sound's samples are copied once into a native bitmap,
    /// which is freed before this returns.
    ///
    /// @param addSpecial add BOS and EOS as the model is configured
    /// @return the chunks; the caller closes them
    /// @throws Vlm4jException.InvalidMedia when an image or a sound cannot be preprocessed
    public static NativeHandle tokenize(MemorySegment projector, List<Part> parts, boolean addSpecial) {
        long mark = NativeLog.mark();
        int n = parts.size();
        long characters = characters(parts);
        try (Arena arena = characters > DeepStack.SHALLOW ? Arena.ofShared() : Arena.ofConfined()) {
            MemorySegment texts = arena.allocate(ValueLayout.ADDRESS, Math.max(1, n));
            MemorySegment lengths = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, n));
            MemorySegment parseSpecial = arena.allocate(Math.max(1, n));
            MemorySegment bitmaps = arena.allocate(ValueLayout.ADDRESS, Math.max(1, n));
            for (int i = 0; i < n; i++) {
                switch (parts.get(i)) {
                    case Part.Text text -> {
                        byte[] utf8 = text.text().getBytes(StandardCharsets.UTF_8);
                        MemorySegment copy = arena.allocate(utf8.length + 1L);
                        MemorySegment.copy(utf8, 0, copy, ValueLayout.JAVA_BYTE, 0, utf8.length);
                        texts.setAtIndex(ValueLayout.ADDRESS, i, copy);
                        lengths.setAtIndex(ValueLayout.JAVA_LONG, i, utf8.length);
                        parseSpecial.set(ValueLayout.JAVA_BYTE, i, (byte) (text.parseSpecial() ? 1 : 0));
                    }
                    case Part.Image image -> bitmaps.setAtIndex(ValueLayout.ADDRESS, i, bitmap(image, i, arena));
                    case Part.Outline(int width, int height) ->
                        bitmaps.setAtIndex(
                                ValueLayout.ADDRESS,
                                i,
                                bitmap(new Part.Image(width, height, MemorySegment.NULL), i, arena));
                    case Part.Audio audio -> bitmaps.setAtIndex(ValueLayout.ADDRESS, i, bitmap(audio, i, arena));
                }
            }
            MemorySegment chunks = DeepStack.call(characters, () -> {
                MemorySegment made =
                        ShimH.vlm4j_media_tokenize(projector, n, texts, lengths, parseSpecial, bitmaps, addSpecial);
                if (made.address() == 0) {
                    throw Shim.failure(Vlm4jException.InvalidMedia::new, "cannot prepare the prompt's media", mark);
                }
                return made;
            });
            return new NativeHandle("tokenized prompt", chunks, MtmdH::mtmd_input_chunks_free);
        }
    }

    private static long characters(List<Part> parts) {
        return parts.stream()
                .mapToLong(part -> part instanceof Part.Text text ? text.text().length() : 0)
                .max()
                .orElse(0);
    }

    private static MemorySegment bitmap(Part.Image image, int part, Arena arena) {
        MemorySegment bitmap = ShimH.vlm4j_bitmap_of_image(image.width(), image.height(), image.pixels());
        if (bitmap.address() == 0) {
            String what = "cannot copy a picture of " + image.width() + "x" + image.height() + " pixels";
            throw Shim.failure(Vlm4jException.InvalidMedia::new, what, Shim.NO_LOG);
        }
        return owned(bitmap, part, arena);
    }

    private static MemorySegment bitmap(Part.Audio audio, int part, Arena arena) {
        long samples = audio.samples().byteSize() / ValueLayout.JAVA_FLOAT.byteSize();
        MemorySegment bitmap = ShimH.vlm4j_bitmap_of_audio(samples, audio.samples());
        if (bitmap.address() == 0) {
            String what = "cannot copy a sound of " + samples + " samples";
            throw Shim.failure(Vlm4jException.InvalidMedia::new, what, Shim.NO_LOG);
        }
        return owned(bitmap, part, arena);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment owned(MemorySegment bitmap, int part, Arena arena) {
        MtmdH.mtmd_bitmap_set_id(bitmap, arena.allocateFrom(Integer.toString(part)));
        return bitmap.reinterpret(arena, MtmdH::mtmd_bitmap_free);
    }

    public static long count(MemorySegment chunks) {
        return MtmdH.mtmd_input_chunks_size(chunks);
    }

    /// A chunk, borrowed from its list.
    public static MemorySegment chunk(MemorySegment chunks, long index) {
        return MtmdH.mtmd_input_chunks_get(chunks, index);
    }

    public static Kind kind(MemorySegment chunk) {
        int type = MtmdH.mtmd_input_chunk_get_type(chunk);
        if (type == MtmdH.MTMD_INPUT_CHUNK_TYPE_TEXT()) {
            return Kind.TEXT;
        }
        return type == MtmdH.MTMD_INPUT_CHUNK_TYPE_IMAGE() ? Kind.IMAGE : Kind.AUDIO;
    }

    /// The ids of a text chunk.
    @SuppressWarnings("restricted")
    public static int[] textTokens(MemorySegment chunk) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment tokens = MtmdH.mtmd_input_chunk_get_tokens_text(chunk, count);
            return tokens.reinterpret(4L * count.get(ValueLayout.JAVA_LONG, 0)).toArray(ValueLayout.JAVA_INT);
        }
    }

    /// The index of the part that a media chunk was made of; a picture of many tiles or a long sound gives several
    /// chunks.
    public static int part(MemorySegment chunk) {
        return Integer.parseInt(NativeText.of(MtmdH.mtmd_input_chunk_get_id(chunk)));
    }

    /// How many tokens (rows of embeddings, cells of the KV cache) a chunk takes.
    public static int tokens(MemorySegment chunk) {
        return Shim.check(ShimH.vlm4j_chunk_tokens(chunk), "cannot count a chunk's tokens");
    }

    /// How many positions a chunk takes; fewer than its tokens for models with M-RoPE.
    public static int positions(MemorySegment chunk) {
        return Shim.check(ShimH.vlm4j_chunk_positions(chunk), "cannot count a chunk's positions");
    }
}
