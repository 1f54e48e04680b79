/// Asking a model for an answer of a given form, and which tokens spell which part of it.
/// Not exported.
@NullMarked
package io.vlm4j.extraction.internal;

import org.jspecify.annotations.NullMarked;
