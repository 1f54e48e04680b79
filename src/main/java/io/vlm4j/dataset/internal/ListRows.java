package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.ExampleOrigin;
import java.nio.file.Path;
import java.util.List;

/// Elements in memory.
public record ListRows<T>(List<T> elements) implements Rows<T>, Rows.Access<T> {
    public ListRows {
        elements = List.copyOf(elements);
    }

    @Override
    public int count() {
        return elements.size();
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public Access<T> open() {
        return this;
    }

    @Override
    public T read(int row) {
        return elements.get(row);
    }

    @Override
    public ExampleOrigin origin(int row) {
        return new ExampleOrigin(Path.of("memory"), row + 1L);
    }

    @Override
    public void close() {}
}
