/// Arrays of numbers in memory: element type, shape, and a read-only view of the bytes.
/// [Tensor][io.vlm4j.tensor.Tensor] is the only currency for arrays between the packages of vlm4j.
@NullMarked
package io.vlm4j.tensor;

import org.jspecify.annotations.NullMarked;
