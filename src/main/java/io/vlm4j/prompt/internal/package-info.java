/// How conversations are handed to the native template engine and how its answer is taken apart again.
/// Not exported.
@NullMarked
package io.vlm4j.prompt.internal;

import org.jspecify.annotations.NullMarked;
