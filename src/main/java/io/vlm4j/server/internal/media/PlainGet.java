package io.vlm4j.server.internal.media;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/// One GET of HTTP/1.1 to an address that was chosen before. The JDK's clients resolve names themselves, so that what
/// they connect to need not be what was checked.
final class PlainGet {
    private static final int LONGEST_LINE = 8192;
    private static final int MOST_HEADERS = 100;

    /// @param headers the first of each name, names in small letters
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Response(int status, Map<String, String> headers, byte[] body) {}

    private PlainGet() {}

    /// @param address  of the host that the URI names
    /// @param maxBytes of the body of a 200; other bodies are not read
    /// @param deadline by [System#nanoTime]
    /// @throws TooLarge when the body has more bytes
    static Response get(URI uri, InetAddress address, long maxBytes, long deadline) throws IOException {
        boolean secure = uri.getScheme().equalsIgnoreCase("https");
        int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(address, port), left(deadline));
            try (Socket socket = secure ? secured(plain, uri.getHost(), port, deadline) : plain) {
                socket.getOutputStream().write(request(uri).getBytes(StandardCharsets.US_ASCII));
                return read(new Input(socket, deadline), maxBytes);
            }
        }
    }

    private static Socket secured(Socket plain, String host, int port, long deadline) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(left(deadline));
        socket.startHandshake();
        return socket;
    }

    private static String request(URI any) {
        URI uri = URI.create(any.toASCIIString()); // other letters in paths are sent as browsers send them
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String host = uri.getPort() >= 0 ? uri.getHost() + ":" + uri.getPort() : uri.getHost();
        return "GET " + path + query + " HTTP/1.1\r\nHost: " + host
                + "\r\nAccept: image/*\r\nUser-Agent: vlm4j\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n";
    }

    private static int left(long deadline) throws SocketTimeoutException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException("it took too long");
        }
        return (int) Math.min(left, Integer.MAX_VALUE);
    }

    private static Response read(Input in, long maxBytes) throws IOException {
        String line = in.line();
        String[] parts = line.split(" ", 3);
        if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("[1-5][0-9][0-9]")) {
            throw new IOException("the answer is no HTTP");
        }
        Map<String, String> headers = new HashMap<>();
        for (String header = in.line(); !header.isEmpty(); header = in.line()) {
            int colon = header.indexOf(':');
            if (colon <= 0 || headers.size() >= MOST_HEADERS) {
                throw new IOException("the answer's headers are malformed, or too many");
            }
            headers.putIfAbsent(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        int status = Integer.parseInt(parts[1]);
        return new Response(status, headers, status == 200 ? body(in, headers, maxBytes) : new byte[0]);
    }

    private static byte[] body(Input in, Map<String, String> headers, long maxBytes) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return chunks(in, maxBytes);
        }
        String length = headers.getOrDefault("content-length", "");
        if (!length.isEmpty() && !length.matches("[0-9]{1,18}")) {
            throw new IOException("the answer's length is '" + length + "'");
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (length.isEmpty()) {
            in.copy(body, Long.MAX_VALUE, maxBytes, false);
        } else if (Long.parseLong(length) > maxBytes) {
            throw new TooLarge();
        } else {
            in.copy(body, Long.parseLong(length), maxBytes, true);
        }
        return body.toByteArray();
    }

    private static byte[] chunks(Input in, long maxBytes) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = in.line().split(";", 2)[0].strip();
            if (!size.matches("[0-9A-Fa-f]{1,15}")) {
                throw new IOException("the answer's chunks are malformed");
            }
            long bytes = Long.parseLong(size, 16);
            if (bytes == 0) {
                return body.toByteArray();
            }
            in.copy(body, bytes, maxBytes, true);
            in.line();
        }
    }

    /// The body has more bytes than are taken.
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// What comes back, until the deadline.
    private static final class Input {
        private final Socket socket;
        private final InputStream in;
        private final long deadline;

        Input(Socket socket, long deadline) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
            this.deadline = deadline;
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                socket.setSoTimeout(left(deadline));
                int next = in.read();
                if (next < 0) {
                    throw new IOException("the answer ends early");
                }
                if (next == '\n') {
                    int end = line.length();
                    return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
                }
                line.append((char) next);
                if (line.length() > LONGEST_LINE) {
                    throw new IOException("a line of the answer is too long");
                }
            }
        }

        /// @param whole whether there must be as many
        void copy(ByteArrayOutputStream to, long bytes, long most, boolean whole) throws IOException {
            byte[] buffer = new byte[16 << 10];
            long rest = bytes;
            while (rest > 0) {
                socket.setSoTimeout(left(deadline));
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, rest));
                if (read < 0) {
                    if (whole) {
                        throw new IOException("the answer ends early");
                    }
                    return;
                }
                if (to.size() + (long) read > most) {
                    throw new TooLarge();
                }
                to.write(buffer, 0, read);
                rest -= read;
            }
        }
    }
}
