package io.vlm4j.hub.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A commit as lines of JSON: its message, and a line for each file, small ones with what is in them. Files are
/// read as they are sent, so memory does not depend on their size.
final class CommitContent implements Content {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String PLACE = "@";
    private static final int PIECE = 3 << 14; // a multiple of 3 needs no padding

    private final List<Content> parts = new ArrayList<>();

    CommitContent(String message) {
        ObjectNode header = JSON.createObjectNode().put("key", "header");
        header.putObject("value").put("summary", message).put("description", "");
        parts.add(Content.of(header + "\n"));
    }

    void addLarge(String path, String sha256, long size) {
        ObjectNode line = JSON.createObjectNode().put("key", "lfsFile");
        line.putObject("value")
                .put("path", path)
                .put("algo", "sha256")
                .put("oid", sha256)
                .put("size", size);
        parts.add(Content.of(line + "\n"));
    }

    void add(SourceFile file) {
        ObjectNode line = JSON.createObjectNode().put("key", "file");
        line.putObject("value")
                .put("encoding", "base64")
                .put("path", file.path())
                .put("content", PLACE);
        String text = line.toString();
        int place = text.lastIndexOf(PLACE);
        parts.add(Content.of(text.substring(0, place)));
        parts.add(new Base64Content(file.slice(0, file.size())));
        parts.add(Content.of(text.substring(place + PLACE.length()) + "\n"));
    }

    @Override
    public long length() {
        return parts.stream().mapToLong(Content::length).sum();
    }

    @Override
    public InputStream open() {
        return new JoinedStream(parts.iterator());
    }

    @Override
    public void requireUnchanged() {
        parts.forEach(Content::requireUnchanged);
    }

    private record Base64Content(Content plain) implements Content {
        @Override
        public long length() {
            return (plain.length() + 2) / 3 * 4;
        }

        @Override
        public InputStream open() throws IOException {
            return new Base64Stream(plain.open());
        }

        @Override
        public void requireUnchanged() {
            plain.requireUnchanged();
        }
    }

    private static final class Base64Stream extends InputStream {
        private final InputStream plain;
        private byte[] piece = {};
        private int at;

        Base64Stream(InputStream plain) {
            this.plain = plain;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (at == piece.length) {
                piece = Base64.getEncoder().encode(plain.readNBytes(PIECE));
                at = 0;
            }
            int count = Math.min(length, piece.length - at);
            System.arraycopy(piece, at, target, offset, count);
            at += count;
            return piece.length == 0 ? -1 : count;
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }

    /// One after the other; only the one that is being read is open.
    private static final class JoinedStream extends InputStream {
        private final Iterator<Content> left;
        private InputStream now = InputStream.nullInputStream();

        JoinedStream(Iterator<Content> left) {
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            for (int count = now.read(target, offset, length); ; count = now.read(target, offset, length)) {
                if (count >= 0) {
                    return count;
                }
                now.close();
                if (!left.hasNext()) {
                    return -1;
                }
                now = left.next().open();
            }
        }

        @Override
        public void close() throws IOException {
            now.close();
        }
    }
}
