/// What takes the inputs: each [Target] makes a mutated one, and uses it as a program would.
@NullMarked
package io.vlm4j.torture.target;

import org.jspecify.annotations.NullMarked;
