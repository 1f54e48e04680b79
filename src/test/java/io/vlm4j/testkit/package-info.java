/// What tests share: golden data, the models to test with, comparisons with a tolerance.
/// Nothing here is a test itself.
@NullMarked
package io.vlm4j.testkit;

import org.jspecify.annotations.NullMarked;
