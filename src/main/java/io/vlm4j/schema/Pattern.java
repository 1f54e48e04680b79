package io.vlm4j.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A regular expression that a text follows, in the subset that [JsonSchema] knows. As in JSON schemas it may match
/// anywhere in the text; `^` and `$` tie it to the ends.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER})
public @interface Pattern {
    String value();
}
