package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.ExampleOrigin;

/// The rows of a source, good and bad ones. Immutable; what holds files open is its [Access].
public interface Rows<T> {
    /// How many there are.
    int count();

    /// Whether any row can be read as cheaply as the one behind the last.
    boolean isRandomAccess();

    /// A number for the run of neighbouring rows that are read together; ascending.
    default int block(int row) {
        return 0;
    }

    /// @throws InvalidFile when a file cannot be opened
    Access<T> open();

    /// Rows as one reader sees them.
    interface Access<T> extends AutoCloseable {
        /// @throws RowRefusal when the row is no example
        /// @throws InvalidFile when the file cannot be read
        T read(int row) throws RowRefusal;

        ExampleOrigin origin(int row);

        @Override
        void close();
    }
}
