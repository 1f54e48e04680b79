/// How a forward pass is put together from native contexts that are watched while they compute.
@NullMarked
package io.vlm4j.forward.internal;

import org.jspecify.annotations.NullMarked;
