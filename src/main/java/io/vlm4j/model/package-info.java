/// Weights and what belongs to them: the text model with its tokenizer, and the projector that lets it see.
/// Start at `Model.open`. Models are shared by any number of threads and contexts; whoever opens one closes it. What
/// projectors made of pictures is remembered by an [io.vlm4j.model.EmbeddingCache].
@NullMarked
package io.vlm4j.model;

import org.jspecify.annotations.NullMarked;
