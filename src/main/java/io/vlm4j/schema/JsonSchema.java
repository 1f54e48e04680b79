package io.vlm4j.schema;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.internal.CheckedSchema;
import io.vlm4j.schema.internal.JavaForm;
import java.lang.reflect.Type;
import java.util.List;

/// A JSON schema that native code may see: derived from a Java type, or given as text and checked.
///
/// {@snippet class="io.vlm4j.snippets.SchemaSnippets" region="schema"}
///
/// **Followed while an answer is generated**: `type`, `enum`, `const`, `properties`, `required`,
/// `additionalProperties`,
/// `items`, `prefixItems`, `minItems`, `maxItems` up to 1000, `minLength`, `maxLength` up to 1000, bounds of integers,
/// `pattern`, `anyOf`, `$ref` into the document, and the formats `date`, `time`, `date-time`, `duration`, `uuid`,
/// `uri`,
/// `time-local`, `date-time-local`. An object with named properties is answered with those only.
///
/// **Checked afterwards**, and listed by [#unenforced]: bounds of `number`, `multipleOf`, `uniqueItems`, longer
/// bounds of lengths, bounds of a text that has a pattern or format, `minProperties`, `maxProperties`, that no
/// second alternative of `oneOf` holds.
///
/// **Refused**: all other keywords that say something of values, keywords that nobody knows, what stands beside
/// `$ref` or `anyOf`, schemas that no value follows or whose values can never end, and what is too large. Other
/// formats are annotations.
///
/// Immutable; may be used from several threads.
public final class JsonSchema {
    private final CheckedSchema checked;

    private JsonSchema(CheckedSchema checked) {
        this.checked = checked;
    }

    /// The schema of a Java type: records with their components in order, sealed interfaces of records, enums,
    /// `String`,
    /// numbers, `boolean`, `java.time`, `URI`, `UUID`, and lists, sets, arrays and maps of these. What may be
    /// missing is an [java.util.Optional] or `@Nullable`. A sealed interface is the `anyOf` of its records, told
    /// apart by a property `type` (`kind`, `variant` when a component is named so) with the record's simple name.
    ///
    /// @throws IllegalArgumentException for a type without a schema, with the path of components that leads to it
    public static JsonSchema of(Type type) {
        return new JsonSchema(CheckedSchema.of(JavaForm.of(type).schemaText()));
    }

    /// @throws Vlm4jException.InvalidGrammar when it is no schema, too large, contradicts itself, or cannot be
    ///     expressed as a grammar; with the JSON pointer of the offending place
    public static JsonSchema parse(String text) {
        return new JsonSchema(CheckedSchema.of(text));
    }

    /// The schema as it was derived or given.
    public String json() {
        return checked.text();
    }

    /// The schema in the form that llama.cpp's grammar compiler takes: every answer that this one allows follows
    /// [#json] but for what [#unenforced] lists.
    public String grammarJson() {
        return checked.grammarText();
    }

    /// What no grammar can enforce and [#violations] checks afterwards: JSON pointers of keywords in [#json].
    public List<String> unenforced() {
        return checked.unenforced();
    }

    /// In which ways a JSON text does not follow this schema; empty when it does.
    public List<Violation> violations(String json) {
        return checked.violations(json);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonSchema schema && schema.json().equals(json());
    }

    @Override
    public int hashCode() {
        return json().hashCode();
    }

    @Override
    public String toString() {
        return json();
    }
}
