/// How native libraries are found: the places that are looked at, and the cache that libraries in jars are unpacked
/// to. Knows files and names only; loading is the native ring's work.
@NullMarked
package io.vlm4j.runtime.internal;

import org.jspecify.annotations.NullMarked;
