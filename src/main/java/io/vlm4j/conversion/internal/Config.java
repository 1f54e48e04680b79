package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// A JSON object of a checkpoint's folder, and where it is: what is asked of it and is missing or of another kind is an
/// [InvalidFile] that names file and key.
///
/// @param where the file, and the keys that lead here
/// @param node  an object
public record Config(String where, JsonNode node) {
    /// Beyond every real configuration, and little enough for the heap.
    public static final long LONGEST = 16L << 20;

    /// Beyond every real vocabulary of 262144 tokens with its merges.
    public static final long LONGEST_TOKENIZER =
            Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /// The object in this file; empty if there is no such file.
    public static Optional<Config> read(Path file, long longest) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode node = JsonMapper.shared().readTree(text(file, longest));
            if (!node.isObject()) {
                throw new InvalidFile(file + " is not a JSON object");
            }
            return Optional.of(new Config(file.toString(), node));
        } catch (JacksonException e) {
            throw new InvalidFile(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /// A text file of a bounded size.
    static String text(Path file, long longest) {
        try {
            long size = Files.size(file);
            if (size > longest) {
                throw new InvalidFile(file + " has " + size + " bytes, more than the " + longest + " allowed");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new InvalidFile(file + " cannot be read: " + e, e);
        }
    }

    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /// The object under this key; an empty one if there is none.
    public Config object(String key) {
        JsonNode found = node.path(key);
        if (found.isMissingNode() || found.isNull()) {
            return new Config(where + ", " + key, JsonNodeFactory.instance.objectNode());
        }
        if (!found.isObject()) {
            throw wrong(key, "an object");
        }
        return new Config(where + ", " + key, found);
    }

    public int integer(String key, int missing) {
        return has(key) ? integer(key) : missing;
    }

    /// A number that counts something: 0 to 2^31-1.
    public int integer(String key) {
        JsonNode found = node.path(key);
        if (!found.canConvertToExactIntegral() || !found.canConvertToInt() || found.intValue() < 0) {
            throw wrong(key, "an integer from 0 to 2147483647");
        }
        return found.intValue();
    }

    /// The same, where it may be below zero.
    public int signed(String key, int missing) {
        JsonNode found = node.path(key);
        if (!has(key)) {
            return missing;
        }
        if (!found.isIntegralNumber() || !found.canConvertToInt()) {
            throw wrong(key, "an integer");
        }
        return found.intValue();
    }

    public float number(String key, double missing) {
        JsonNode found = node.path(key);
        if (!has(key)) {
            return (float) missing;
        }
        if (!found.isNumber() || !Float.isFinite((float) found.doubleValue())) {
            throw wrong(key, "a number");
        }
        return (float) found.doubleValue();
    }

    public boolean truth(String key, boolean missing) {
        JsonNode found = node.path(key);
        if (!has(key)) {
            return missing;
        }
        if (!found.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return found.booleanValue();
    }

    public String text(String key, String missing) {
        JsonNode found = node.path(key);
        if (!has(key)) {
            return missing;
        }
        if (!found.isString()) {
            throw wrong(key, "a text");
        }
        return found.stringValue();
    }

    /// The objects of the array under this key; none if there is none.
    public List<Config> objects(String key) {
        List<Config> objects = new ArrayList<>();
        for (JsonNode element : array(key)) {
            if (!element.isObject()) {
                throw wrong(key, "an array of objects");
            }
            objects.add(new Config(where + ", " + key + " " + objects.size(), element));
        }
        return objects;
    }

    /// The array under this key; an empty one if there is none.
    public JsonNode array(String key) {
        if (!has(key)) {
            return JsonNodeFactory.instance.arrayNode();
        }
        if (!node.path(key).isArray()) {
            throw wrong(key, "an array");
        }
        return node.path(key);
    }

    /// Three numbers, one for each colour; one number stands for three equal ones.
    public float[] colour(String key) {
        JsonNode found = node.path(key);
        float[] numbers = new float[3];
        for (int i = 0; i < numbers.length; i++) {
            JsonNode element = found.isArray() && found.size() == numbers.length ? found.get(i) : found;
            if (!element.isNumber()) {
                throw wrong(key, "three numbers");
            }
            numbers[i] = (float) element.doubleValue();
        }
        return numbers;
    }

    public InvalidFile wrong(String key, String expected) {
        JsonNode found = node.path(key);
        String text = found.isMissingNode() ? "nothing" : found.toString();
        return new InvalidFile(where + ": '" + key + "' should be " + expected + ", but is "
                + (text.length() > 80 ? text.substring(0, 80) + "..." : text));
    }
}
