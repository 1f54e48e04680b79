package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON objects in a file, one a line or the elements of one array. The file was gone through once for where each
/// begins; rows are read from there when they are asked for.
public final class TextRows implements Rows<VisionExample> {
    /// Longest row, in bytes.
    public static final int MAX_ROW_BYTES = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final TextIndex index;
    private final RowReader reader;

    private TextRows(Path file, TextIndex index, DatasetOptions options) {
        this.file = file;
        this.index = index;
        this.reader = new RowReader(ImageFolder.of(file, options), options);
    }

    /// @throws InvalidFile when it cannot be read
    public static TextRows ofLines(Path file, DatasetOptions options) {
        return new TextRows(file, TextIndex.ofLines(file), options);
    }

    /// @throws InvalidFile when it cannot be read, or is no JSON array
    public static TextRows ofArray(Path file, DatasetOptions options) {
        return new TextRows(file, TextIndex.ofArray(file), options);
    }

    @Override
    public int count() {
        return index.count();
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public Access<VisionExample> open() {
        try {
            return new Reading(FileChannel.open(file));
        } catch (NoSuchFileException e) {
            throw new InvalidFile("no such file: " + file, e);
        } catch (IOException e) {
            throw new InvalidFile("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private final class Reading implements Access<VisionExample> {
        private final FileChannel channel;

        private Reading(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public VisionExample read(int row) throws RowRefusal {
            if (index.length(row) > MAX_ROW_BYTES) {
                throw new RowRefusal("longer than " + MAX_ROW_BYTES + " bytes");
            }
            return reader.read(json(text(bytes(row))), origin(row));
        }

        private ByteBuffer bytes(int row) {
            ByteBuffer bytes = ByteBuffer.allocate((int) index.length(row));
            try {
                while (bytes.hasRemaining() && channel.read(bytes, index.start(row) + bytes.position()) >= 0) {
                    // until the row is whole
                }
            } catch (IOException e) {
                throw new InvalidFile("cannot read " + file + ": " + e.getMessage(), e);
            }
            return bytes.flip();
        }

        @Override
        public ExampleOrigin origin(int row) {
            return new ExampleOrigin(file, index.number(row));
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new InvalidFile("cannot close " + file + ": " + e.getMessage(), e);
            }
        }
    }

    private static String text(ByteBuffer bytes) throws RowRefusal {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new RowRefusal("no UTF-8", e);
        }
    }

    private static JsonNode json(String text) throws RowRefusal {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new RowRefusal(
                    "no JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        }
    }
}
