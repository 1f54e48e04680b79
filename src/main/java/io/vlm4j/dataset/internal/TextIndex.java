package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// Where the rows of a text begin and end: 24 bytes a row.
final class TextIndex {
    private static final int MOST_ROWS = Integer.MAX_VALUE - 8;
    private static final int READ_BYTES = 1 << 16;

    private final Path file;
    private long[] starts = new long[1024];
    private long[] ends = new long[1024];
    private long[] numbers = new long[1024];
    private int count;

    private TextIndex(Path file) {
        this.file = file;
    }

    private interface Reading {
        void read(InputStream in) throws IOException;
    }

    /// Lines that are not blank, with the numbers that they have among all lines.
    static TextIndex ofLines(Path file) {
        TextIndex index = new TextIndex(file);
        index.read(index::lines);
        return index;
    }

    /// The elements of a JSON array.
    static TextIndex ofArray(Path file) {
        TextIndex index = new TextIndex(file);
        index.read(index::elements);
        return index;
    }

    private void read(Reading reading) {
        try (InputStream in = Files.newInputStream(file)) {
            reading.read(in);
        } catch (NoSuchFileException e) {
            throw new InvalidFile("no such file: " + file, e);
        } catch (IOException e) {
            throw new InvalidFile("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private void lines(InputStream in) throws IOException {
        byte[] block = new byte[READ_BYTES];
        long offset = 0;
        long start = 0;
        long line = 1;
        boolean blank = true;
        for (int length = in.read(block); length >= 0; length = in.read(block)) {
            for (int i = 0; i < length; i++) {
                if (block[i] == '\n') {
                    if (!blank) {
                        add(start, offset + i, line);
                    }
                    start = offset + i + 1;
                    line++;
                    blank = true;
                } else if (block[i] < 0 || block[i] > ' ') { // bytes of other than ASCII are negative
                    blank = false;
                }
            }
            offset += length;
        }
        if (!blank) {
            add(start, offset, line);
        }
    }

    private void elements(InputStream in) {
        try (JsonParser parser = new JsonMapper().createParser(new BufferedInputStream(in, READ_BYTES))) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new InvalidFile(file + " is no JSON array");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                long start = parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                add(start, parser.currentLocation().getByteOffset(), count + 1L);
            }
        } catch (JacksonException e) {
            throw new InvalidFile(
                    file + ", behind row " + count + ": no JSON: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    private void add(long start, long end, long number) {
        if (count == MOST_ROWS) {
            throw new InvalidFile(file + " has more than " + MOST_ROWS + " rows");
        }
        if (count == starts.length) {
            int capacity = (int) Math.min(MOST_ROWS, 2L * count);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
            numbers = Arrays.copyOf(numbers, capacity);
        }
        starts[count] = start;
        ends[count] = end;
        numbers[count++] = number;
    }

    int count() {
        return count;
    }

    long start(int row) {
        return starts[row];
    }

    long length(int row) {
        return ends[row] - starts[row];
    }

    /// What people call the row.
    long number(int row) {
        return numbers[row];
    }
}
