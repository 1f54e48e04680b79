/// Files that are there whole or not at all.
/// Not exported.
@NullMarked
package io.vlm4j.files;

import org.jspecify.annotations.NullMarked;
