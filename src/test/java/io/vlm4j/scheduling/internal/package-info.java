@NullMarked
package io.vlm4j.scheduling.internal;

import org.jspecify.annotations.NullMarked;
