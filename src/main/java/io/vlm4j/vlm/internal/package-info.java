/// Where models that are not in this process join.
/// Not exported.
@NullMarked
package io.vlm4j.vlm.internal;

import org.jspecify.annotations.NullMarked;
