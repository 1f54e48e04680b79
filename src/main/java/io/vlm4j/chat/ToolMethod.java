package io.vlm4j.chat;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A public method that a model may call; see [Tools].
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ToolMethod {
    /// For the model: what the tool does, when to use it.
    String value();

    /// The tool's name; the method's when it is empty.
    String name() default "";
}
