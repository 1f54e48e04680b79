package io.vlm4j.hub.internal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// What a request sends. It is opened again for each time that it is sent.
interface Content {
    Content NOTHING = of("");

    /// Bytes.
    long length();

    InputStream open() throws IOException;

    /// Before each time that it is sent.
    ///
    /// @throws io.vlm4j.Vlm4jException.Hub when it is not what it was
    default void requireUnchanged() {}

    static Content of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Content() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }
}
