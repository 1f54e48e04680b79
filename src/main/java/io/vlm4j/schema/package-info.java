/// JSON schemas: derived from Java types or given as text, checked and bounded before native code sees them; and the
/// way back, from JSON that follows one to Java values.
@NullMarked
package io.vlm4j.schema;

import org.jspecify.annotations.NullMarked;
