package io.vlm4j.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// A connection on which a test writes whatever it likes.
final class RawClient implements AutoCloseable {
    final Socket socket;

    RawClient(URI server) throws IOException {
        this(new Socket(), server);
    }

    private RawClient(Socket socket, URI server) throws IOException {
        this.socket = socket;
        socket.connect(new InetSocketAddress("127.0.0.1", server.getPort()));
        socket.setSoTimeout(20_000);
    }

    /// A client for which little can be underway.
    static RawClient narrow(URI server) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(1024); // heeded before it is connected
        return new RawClient(socket, server);
    }

    /// Sends a text as it is, but for line ends, and gives back all that comes until the server closes.
    static String exchange(URI server, String text) throws IOException {
        try (RawClient client = new RawClient(server)) {
            client.send(text);
            return client.rest();
        }
    }

    /// A POST with a body.
    static String post(String path, String body, String... headers) {
        return "POST " + path + " HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\n"
                + String.join(
                        "", java.util.Arrays.stream(headers).map(h -> h + "\n").toList()) + "\n" + body;
    }

    RawClient send(String text) throws IOException {
        int end = text.indexOf("\n\n");
        String head = end < 0 ? text : text.substring(0, end + 2);
        String body = end < 0 ? "" : text.substring(end + 2);
        socket.getOutputStream().write((head.replace("\n", "\r\n") + body).getBytes(StandardCharsets.UTF_8));
        return this;
    }

    String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /// Reads until this text has come.
    String until(String text) throws IOException {
        StringBuilder read = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (read.indexOf(text) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new AssertionError("the connection ended before '" + text + "': " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
