package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// Reads the strings, small non-negative integers and punctuation of which the JSON header of a safetensors file
/// consists. Every failure is an [InvalidFile] that names the file and the position.
final class JsonScanner {
    /// The length before the header.
    private static final int PREFIX = 8;

    private final byte[] json;
    private final String file;
    private int position;

    JsonScanner(byte[] json, String file) {
        this.json = json;
        this.file = file;
    }

    InvalidFile failure(String problem) {
        return new InvalidFile(file + ": safetensors header at byte " + (PREFIX + position) + ": " + problem);
    }

    void expect(char wanted) {
        int found = next();
        if (found != wanted) {
            throw failure("expected '" + wanted + "', found " + show(found));
        }
        position++;
    }

    void expectEnd() {
        int found = next();
        if (found != -1) {
            throw failure("expected the end of the header, found " + show(found));
        }
    }

    /// Whether another element follows in a list or object: consumes the comma before it, or the closing bracket.
    ///
    /// @param first whether none has been read so far, so that no comma is due
    boolean more(char closing, boolean first) {
        if (next() == closing) {
            position++;
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    String string() {
        expect('"');
        int start = position;
        ByteArrayOutputStream unescaped = new ByteArrayOutputStream();
        while (true) {
            int c = position < json.length ? json[position] & 0xFF : -1;
            if (c == '"') {
                position++;
                return Utf8.decode(unescaped.toByteArray())
                        .orElseThrow(() -> failure("the string from byte " + (PREFIX + start) + " is not UTF-8"));
            }
            if (c < ' ') {
                throw failure("unfinished string, found " + show(c));
            }
            position++;
            if (c == '\\') {
                byte[] escaped = escape().getBytes(StandardCharsets.UTF_8);
                unescaped.write(escaped, 0, escaped.length);
            } else {
                unescaped.write(c);
            }
        }
    }

    private String escape() {
        int c = position < json.length ? json[position++] : -1;
        return switch (c) {
            case '"', '\\', '/' -> Character.toString(c);
            case 'b' -> "\b";
            case 'f' -> "\f";
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'u' -> unicode();
            default -> throw failure("unknown escape in a string, found " + show(c));
        };
    }

    /// Four hexadecimal digits, and the second half of a surrogate pair if they are the first.
    private String unicode() {
        char first = hex();
        if (!Character.isSurrogate(first)) {
            return Character.toString(first);
        }
        if (position + 1 < json.length && json[position] == '\\' && json[position + 1] == 'u') {
            position += 2;
            char second = hex();
            if (Character.isSurrogatePair(first, second)) {
                return Character.toString(Character.toCodePoint(first, second));
            }
        }
        throw failure("half of a surrogate pair in a string");
    }

    private char hex() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = position < json.length ? Character.digit(json[position], 16) : -1;
            if (digit < 0) {
                throw failure("four hexadecimal digits must follow \\u");
            }
            value = value * 16 + digit;
            position++;
        }
        return (char) value;
    }

    /// A list of non-negative integers.
    long[] integers(int most) {
        long[] values = new long[most];
        int count = 0;
        expect('[');
        while (more(']', count == 0)) {
            if (count == most) {
                throw failure("more than " + most + " numbers in a list");
            }
            values[count++] = integer();
        }
        return Arrays.copyOf(values, count);
    }

    private long integer() {
        int first = next();
        if (first < '0' || first > '9') {
            throw failure("expected a non-negative integer, found " + show(first));
        }
        int start = position;
        long value = 0;
        while (position < json.length && json[position] >= '0' && json[position] <= '9') {
            int digit = json[position] - '0';
            if (value > (Long.MAX_VALUE - digit) / 10 || (value == 0 && position > start)) {
                throw failure("a number exceeds 2^63-1 or has a leading zero");
            }
            value = value * 10 + digit;
            position++;
        }
        return value;
    }

    /// The next byte that is not white space, without consuming it; -1 at the end.
    private int next() {
        while (position < json.length && isSpace(json[position])) {
            position++;
        }
        return position < json.length ? json[position] & 0xFF : -1;
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static String show(int c) {
        if (c == -1) {
            return "the end of the header";
        }
        return c > ' ' && c <= '~' ? "'" + (char) c + "'" : String.format(Locale.ROOT, "byte 0x%02x", c);
    }
}
