/// Comparisons with the reference implementation, end to end.
@NullMarked
package io.vlm4j.golden;

import org.jspecify.annotations.NullMarked;
