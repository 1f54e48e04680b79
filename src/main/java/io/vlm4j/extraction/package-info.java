/// Answers as values: what a model says of a picture as a Java record, as JSON of a schema, as one of several
/// choices or as text of a regular expression, each with how sure the model was. `Extractor` asks; what comes back
/// is always whole, or an exception that says why not.
@NullMarked
package io.vlm4j.extraction;

import org.jspecify.annotations.NullMarked;
