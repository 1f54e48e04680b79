package io.vlm4j.dataset;

/// The two parts of a [Dataset#split].
public record DatasetSplit<T>(Dataset<T> train, Dataset<T> test) {}
