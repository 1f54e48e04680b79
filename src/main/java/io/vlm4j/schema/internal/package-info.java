/// Reading, checking and narrowing schemas; Java types as JSON.
/// Not exported.
@NullMarked
package io.vlm4j.schema.internal;

import org.jspecify.annotations.NullMarked;
