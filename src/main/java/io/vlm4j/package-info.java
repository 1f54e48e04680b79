/// The failures that every slice of vlm4j reports. Start reading at `io.vlm4j.vlm.Vlm`.
@NullMarked
package io.vlm4j;

import org.jspecify.annotations.NullMarked;
