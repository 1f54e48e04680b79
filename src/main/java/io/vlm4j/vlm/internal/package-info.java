/// How boxes and their names are painted.
@NullMarked
package io.vlm4j.vlm.internal;

import org.jspecify.annotations.NullMarked;
