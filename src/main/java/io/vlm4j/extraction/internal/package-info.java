/// Which tokens spell which part of an answer.
/// Not exported.
@NullMarked
package io.vlm4j.extraction.internal;

import org.jspecify.annotations.NullMarked;
