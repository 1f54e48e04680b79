/// Examples for the documentation, cut out of tests that run. The regions between the markers are what readers see.
@NullMarked
package io.vlm4j.snippets;

import org.jspecify.annotations.NullMarked;
