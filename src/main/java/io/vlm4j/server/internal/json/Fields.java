package io.vlm4j.server.internal.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// An object of a request. What is read must have the right type; what is `null` counts as missing; what nobody reads
/// is ignored.
public final class Fields {
    private final JsonNode node;
    private final String path;

    private Fields(JsonNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /// @throws Fault when the body is no JSON object
    public static Fields of(byte[] body) {
        JsonNode node = Json.read(body);
        if (!node.isObject()) {
            throw Fault.of(400, "the request's body must be a JSON object, not " + Json.kind(node));
        }
        return new Fields(node, "");
    }

    /// @throws Fault when it is none
    public static Fields of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw wrong(path, "an object", node);
        }
        return new Fields(node, path);
    }

    /// The path of a field.
    public String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    public String path() {
        return path;
    }

    public JsonNode node() {
        return node;
    }

    /// The value, or a node that is missing.
    public JsonNode get(String name) {
        JsonNode value = node.path(name);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    public boolean has(String name) {
        return !get(name).isMissingNode();
    }

    public static Fault wrong(String path, String expected, JsonNode found) {
        String subject = path.isEmpty() ? "the request's body" : path;
        return found.isMissingNode()
                ? Fault.of(path, subject + " is missing: it must be " + expected)
                : Fault.of(path, subject + " must be " + expected + ", not " + Json.kind(found));
    }

    public Fault wrong(String name, String expected) {
        return wrong(at(name), expected, get(name));
    }

    public Fault refused(String name, String why) {
        return Fault.of(at(name), at(name) + " " + why);
    }

    public String text(String name) {
        return optionalText(name).orElseThrow(() -> wrong(name, "a string"));
    }

    public Optional<String> optionalText(String name) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw wrong(name, "a string");
        }
        return Optional.of(value.stringValue());
    }

    public boolean flag(String name, boolean otherwise) {
        return optionalFlag(name).orElse(otherwise);
    }

    public Optional<Boolean> optionalFlag(String name) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw wrong(name, "true or false");
        }
        return Optional.of(value.booleanValue());
    }

    public OptionalInt integer(String name, int least, int most) {
        OptionalLong value = integer(name, (long) least, most);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    /// A number without a fraction; `2.0` is one.
    public OptionalLong integer(String name, long least, long most) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return OptionalLong.empty();
        }
        if (!value.isNumber()) {
            throw wrong(name, "an integer");
        }
        double approximate = value.doubleValue();
        if (approximate != Math.rint(approximate)) {
            throw refused(name, "must be an integer, not " + value);
        }
        if (approximate < least || approximate > most || !value.canConvertToLong()) {
            throw refused(name, "must be " + least + " to " + most + ", not " + value);
        }
        return OptionalLong.of(value.asLong());
    }

    public OptionalDouble number(String name, double least, double most) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber()) {
            throw wrong(name, "a number");
        }
        double number = value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw refused(name, "must be " + plain(least) + " to " + plain(most) + ", not " + value);
        }
        return OptionalDouble.of(number);
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    public Optional<Fields> object(String name) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        return Optional.of(of(value, at(name)));
    }

    public Fields requiredObject(String name) {
        return object(name).orElseThrow(() -> wrong(name, "an object"));
    }

    /// The values of an array; none when it is missing.
    public List<JsonNode> array(String name) {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(name, "an array");
        }
        return List.copyOf(value.values());
    }

    /// The objects of an array; none when it is missing.
    public List<Fields> objects(String name) {
        List<Fields> all = new ArrayList<>();
        for (JsonNode value : array(name)) {
            all.add(of(value, at(name) + "[" + all.size() + "]"));
        }
        return all;
    }

    /// One text, or an array of them; none when it is missing.
    public List<String> texts(String name, int most) {
        JsonNode value = get(name);
        if (value.isString()) {
            return List.of(value.stringValue());
        }
        if (!value.isMissingNode() && !value.isArray()) {
            throw wrong(name, "a string or an array of strings");
        }
        if (value.size() > most) {
            throw refused(name, "has " + value.size() + " values; " + most + " are taken");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode text : value) {
            if (!text.isString()) {
                throw wrong(at(name) + "[" + texts.size() + "]", "a string", text);
            }
            texts.add(text.stringValue());
        }
        return texts;
    }
}
