package io.vlm4j.server.internal;

import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The page that people talk to the model with: files beside this class.
final class Page {
    static final String FOLDER = "/io/vlm4j/server/page/";

    /// Nothing but what comes from here; pictures are shown before they are sent, from memory.
    private static final String POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none';"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,60}\\.(html|js|css|svg|png|webmanifest)");

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record File(String type, byte[] bytes, String tag) {}

    private final String folder;
    private final Map<String, File> files = new ConcurrentHashMap<>();

    /// @param folder of resources
    Page(String folder) {
        this.folder = folder;
    }

    boolean has(String name) {
        return file(name).isPresent();
    }

    Admission.Action action(String name) {
        return exchange -> send(exchange, name);
    }

    private void send(Exchange exchange, String name) {
        File file = file(name).orElseThrow();
        boolean known = exchange.head()
                .header("if-none-match")
                .filter(tags -> tags.contains(file.tag()))
                .isPresent();
        Answer answer = known ? Answer.empty(304) : new Answer(200, file.type(), file.bytes(), Map.of());
        exchange.send(answer.with("etag", file.tag())
                .with("cache-control", "no-cache")
                .with("content-security-policy", POLICY)
                .with("referrer-policy", "no-referrer")
                .with("cross-origin-opener-policy", "same-origin")
                .with("cross-origin-resource-policy", "same-origin")
                .with("x-frame-options", "DENY"));
    }

    private Optional<File> file(String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        File known = files.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<File> found = read(name);
        found.ifPresent(file -> files.put(name, file)); // and nothing of names that do not exist, which have no end
        return found;
    }

    private Optional<File> read(String name) {
        try (InputStream in = Page.class.getResourceAsStream(folder + name)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] bytes = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            String tag = "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"";
            return Optional.of(new File(type(name), bytes, tag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "webmanifest" -> "application/manifest+json";
            default -> "image/png";
        };
    }
}
