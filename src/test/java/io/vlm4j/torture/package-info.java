@NullMarked
package io.vlm4j.torture;

import org.jspecify.annotations.NullMarked;
