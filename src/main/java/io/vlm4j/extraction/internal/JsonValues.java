package io.vlm4j.extraction.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Where the values of a JSON text stand. The text has been found valid and not too deep before; this only walks it.
public final class JsonValues {
    /// From the first character that says something to behind the last: an opening quote says nothing.
    public record Place(int from, int to) {}

    private static final JsonMapper NAMES = JsonMapper.shared();

    private final String json;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private int at;

    private JsonValues(String json) {
        this.json = json;
    }

    /// The texts, numbers, truth values, nulls, and empty lists and objects, by JSON pointer.
    public static Map<String, Place> of(String json) {
        JsonValues values = new JsonValues(json);
        values.value("");
        return values.places;
    }

    private char peek() {
        while (Character.isWhitespace(json.charAt(at))) {
            at++;
        }
        return json.charAt(at);
    }

    private void value(String pointer) {
        char first = peek();
        int begin = at;
        switch (first) {
            case '{' -> object(pointer, begin);
            case '[' -> array(pointer, begin);
            case '"' -> {
                string();
                places.put(pointer, new Place(begin + 1, at));
            }
            default -> {
                while (at < json.length() && ",]} \t\r\n".indexOf(json.charAt(at)) < 0) {
                    at++;
                }
                places.put(pointer, new Place(begin, at));
            }
        }
    }

    private void object(String pointer, int begin) {
        at++;
        boolean empty = peek() == '}';
        while (peek() != '}') {
            int name = at;
            string();
            String unescaped = NAMES.readValue(json.substring(name, at), String.class);
            peek();
            at++; // the colon
            value(pointer + "/" + unescaped.replace("~", "~0").replace("/", "~1"));
            skipComma();
        }
        end(empty, pointer, begin);
    }

    private void array(String pointer, int begin) {
        at++;
        boolean empty = peek() == ']';
        for (int i = 0; peek() != ']'; i++) {
            value(pointer + "/" + i);
            skipComma();
        }
        end(empty, pointer, begin);
    }

    private void skipComma() {
        if (peek() == ',') {
            at++;
        }
    }

    private void end(boolean empty, String pointer, int begin) {
        at++;
        if (empty) {
            places.put(pointer, new Place(begin, at));
        }
    }

    /// To behind the closing quote.
    private void string() {
        at++;
        while (json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        at++;
    }
}
