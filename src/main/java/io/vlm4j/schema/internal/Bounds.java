package io.vlm4j.schema.internal;

import io.vlm4j.schema.Pattern;
import io.vlm4j.schema.Range;
import io.vlm4j.schema.Size;
import java.lang.reflect.AnnotatedElement;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The bounds that annotations put on a component or parameter, as keywords of its schema.
///
/// @param path for messages
record Bounds(
        @Nullable Range range,
        @Nullable Size size,
        @Nullable Pattern pattern,
        String path) {
    static final Bounds NONE = new Bounds(null, null, null, "");

    static Bounds of(AnnotatedElement site, String path) {
        return new Bounds(
                site.getAnnotation(Range.class),
                site.getAnnotation(Size.class),
                site.getAnnotation(Pattern.class),
                path);
    }

    ScalarForm onto(ScalarForm form) {
        ObjectNode schema = form.itself().deepCopy();
        String type = schema.path("type").asString();
        boolean text = type.equals("string");
        if (range != null) {
            refuseUnless(type.equals("integer") || type.equals("number"), "@Range", "numbers");
            bound(schema, "minimum", range.min());
            bound(schema, "maximum", range.max());
        }
        if (size != null) {
            refuseUnless(text && !schema.has("format"), "@Size", "String, lists and arrays");
            size(schema, "minLength", "maxLength");
        }
        if (pattern != null) {
            refuseUnless(text && !schema.has("format"), "@Pattern", "String");
            schema.put("pattern", pattern.value());
        }
        return new ScalarForm(schema, form.reader(), form.writer());
    }

    /// The bounds of a list or array.
    ObjectNode ofItems() {
        refuseUnless(range == null, "@Range", "numbers");
        refuseUnless(pattern == null, "@Pattern", "String");
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        size(schema, "minItems", "maxItems");
        return schema;
    }

    /// For types that cannot be bounded.
    void refuseAll() {
        refuseUnless(range == null, "@Range", "numbers");
        refuseUnless(pattern == null, "@Pattern", "String");
        refuseUnless(size == null, "@Size", "String, lists and arrays");
    }

    private void size(ObjectNode schema, String minimum, String maximum) {
        if (size != null && size.min() != 0) {
            schema.put(minimum, size.min());
        }
        if (size != null && size.max() != Integer.MAX_VALUE) {
            schema.put(maximum, size.max());
        }
    }

    private static void bound(ObjectNode schema, String keyword, double value) {
        if (Double.isInfinite(value)) {
            return;
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            schema.put(keyword, (long) value);
        } else {
            schema.put(keyword, BigDecimal.valueOf(value));
        }
    }

    private void refuseUnless(boolean fits, String annotation, String use) {
        if (!fits) {
            throw new IllegalArgumentException(path + ": " + annotation + " is for " + use);
        }
    }
}
