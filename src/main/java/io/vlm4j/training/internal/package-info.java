/// How training works: rows and their gradients on a tape, one graph for each shape of example, parameters with their
/// optimizer, checkpoints. Not part of the API.
@NullMarked
package io.vlm4j.training.internal;

import org.jspecify.annotations.NullMarked;
