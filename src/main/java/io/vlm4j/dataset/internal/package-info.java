/// How files become examples, and what datasets are made of datasets.
@NullMarked
package io.vlm4j.dataset.internal;

import org.jspecify.annotations.NullMarked;
