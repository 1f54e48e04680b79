package io.vlm4j.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A hub within the test: repositories, branches, commits and LFS on one port, and on another a storage that
/// only signed addresses reach. It believes nothing: sums, sizes, order of parts and ETags must be right, or it
/// refuses. What it was asked is written down, and faults make it fail.
public final class HubServer implements AutoCloseable {
    /// What the hub lets in.
    public static final String TOKEN = "hf_testTokenThatMustNeverShow";

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // or each answer takes 40 ms
    }

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern API = Pattern.compile("/api/models/([^/]+/[^/]+)(?:/([a-z]+)/([^/]+))?");
    private static final Pattern BATCH = Pattern.compile("/([^/]+/[^/]+)\\.git/info/lfs/objects/batch");
    private static final int LARGE = 20_000;

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private int chunk = 10_000;
    private int signature;
    private boolean sameUpload;

    /// @param server `hub` or `storage`
    public record Request(String server, String method, String path, Map<String, List<String>> headers) {
        /// What a header says; empty when there is none.
        public String header(String name) {
            return headers.entrySet().stream()
                    .filter(header -> header.getKey().equalsIgnoreCase(name))
                    .map(header -> header.getValue().getFirst())
                    .findFirst()
                    .orElse("");
        }

        public String authorization() {
            return header("Authorization");
        }
    }

    /// @param files   by their paths, what they hold
    /// @param commits messages
    public record Repository(
            Map<String, byte[]> files, List<String> commits, List<String> branches, String visibility) {}

    private record Upload(String oid, long size, Map<Integer, byte[]> parts) {}

    /// Goes wrong before the request is answered.
    @FunctionalInterface
    public interface Failure {
        /// @return whether the request is answered as it should be all the same
        boolean happen(HttpExchange exchange) throws IOException;
    }

    private static final class Fault {
        private final String path;
        private final Failure failure;
        private int left;

        Fault(String path, int times, Failure failure) {
            this.path = path;
            this.failure = failure;
            this.left = times;
        }

        synchronized boolean isDue(String request) {
            return request.matches(path) && left-- > 0;
        }
    }

    private HubServer(int port) throws IOException {
        hub = server(port, "hub", this::hub);
        storage = server(0, "storage", this::storage);
    }

    public static HubServer start() {
        return start(0);
    }

    public static HubServer start(int port) {
        try {
            return new HubServer(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpServer server(int port, String name, Handler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                String path = exchange.getRequestURI().getRawPath();
                requests.add(
                        new Request(name, exchange.getRequestMethod(), path, Map.copyOf(exchange.getRequestHeaders())));
                for (Fault fault : faults) {
                    if (fault.isDue(exchange.getRequestMethod() + " " + path) && !fault.failure.happen(exchange)) {
                        return;
                    }
                }
                handler.handle(exchange);
            }
        });
        server.start();
        return server;
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    public URI storageAddress() {
        return URI.create("http://127.0.0.1:" + storage.getAddress().getPort());
    }

    /// Files larger than that go in parts of that size; 0: none do.
    public HubServer chunk(int bytes) {
        chunk = bytes;
        return this;
    }

    /// Whether being asked again about an upload gives the one that was begun.
    public HubServer sameUpload(boolean value) {
        sameUpload = value;
        return this;
    }

    /// The next requests that match `METHOD /path` fail.
    public HubServer fail(String path, int times, Failure failure) {
        faults.add(new Fault(path, times, failure));
        return this;
    }

    public HubServer fail(String path, int times, int status, String... headers) {
        return fail(path, times, exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            exchange.getRequestBody().readAllBytes();
            answer(exchange, status, "{\"error\":\"injected\"}");
            return false;
        });
    }

    /// Reads a little of a request and cuts the connection.
    public static boolean cut(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readNBytes(1000);
        throw new IOException("cut");
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    public List<Request> requests(String server, String method) {
        return requests.stream()
                .filter(request ->
                        request.server().equals(server) && request.method().equals(method))
                .toList();
    }

    public Repository repository(String name) {
        return Optional.ofNullable(repositories.get(name)).orElseThrow();
    }

    public boolean has(String name) {
        return repositories.containsKey(name);
    }

    /// What is stored of large files.
    public int objectCount() {
        return objects.size();
    }

    private void hub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        byte[] body = exchange.getRequestBody().readAllBytes();
        Matcher api = API.matcher(path);
        Matcher batch = BATCH.matcher(path);
        if (path.startsWith("/complete/")) { // signed, so it needs no token
            complete(exchange, JSON.readTree(body));
        } else if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.getResponseHeaders().add("X-Error-Message", "Invalid credentials in Authorization header");
            answer(exchange, 401, "{\"error\":\"Invalid credentials in Authorization header\"}");
        } else if (path.equals("/api/repos/create")) {
            create(exchange, JSON.readTree(body));
        } else if (path.equals("/api/validate-yaml")) {
            answer(exchange, 200, "{\"errors\":[],\"warnings\":[]}");
        } else if (path.equals("/verify")) {
            verify(exchange, JSON.readTree(body));
        } else if (batch.matches()) {
            batch(exchange, JSON.readTree(body));
        } else if (api.matches() && repositories.containsKey(api.group(1))) {
            Repository repository = repository(api.group(1));
            String revision = api.group(3) == null ? "main" : URLDecoder.decode(api.group(3), StandardCharsets.UTF_8);
            String operation = api.group(2) == null ? "revision" : api.group(2);
            if (operation.equals("branch")) {
                boolean made = !repository.branches().contains(revision)
                        && repository.branches().add(revision);
                answer(exchange, made ? 200 : 409, "{}");
            } else if (!repository.branches().contains(revision)) {
                exchange.getResponseHeaders().add("X-Error-Code", "RevisionNotFound");
                answer(exchange, 404, "{\"error\":\"Invalid rev id: " + revision + "\"}");
            } else {
                switch (operation) {
                    case "preupload" -> preupload(exchange, repository, JSON.readTree(body));
                    case "commit" -> commit(exchange, api.group(1), new String(body, StandardCharsets.UTF_8));
                    default ->
                        answer(exchange, 200, "{\"sha\":\"" + sha(repository) + "\",\"id\":\"" + api.group(1) + "\"}");
                }
            }
        } else {
            exchange.getResponseHeaders().add("X-Error-Code", "RepoNotFound");
            answer(exchange, 404, "{\"error\":\"Repository not found\"}");
        }
    }

    private void create(HttpExchange exchange, JsonNode body) throws IOException {
        String name = body.path("organization").asString("me") + "/"
                + body.path("name").asString();
        String visibility = body.path("private").asBoolean(false)
                ? "private"
                : body.path("visibility").asString("public");
        Repository made = new Repository(
                new ConcurrentHashMap<>(),
                new CopyOnWriteArrayList<>(),
                new CopyOnWriteArrayList<>(List.of("main")),
                visibility);
        boolean isNew = repositories.putIfAbsent(name, made) == null;
        String url = "{\"url\":\"" + address() + "/" + name + "\",\"name\":\"" + name + "\"}";
        answer(
                exchange,
                isNew ? 200 : 409,
                isNew ? url : url.replaceFirst("\\{", "{\"error\":\"You already created this model repo\","));
    }

    /// Small files that look like text are kept in git.
    private static void preupload(HttpExchange exchange, Repository repository, JsonNode body) throws IOException {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode files = answer.putArray("files");
        for (JsonNode file : body.path("files")) {
            byte[] sample = Base64.getDecoder().decode(file.path("sample").asString());
            boolean binary = new String(sample, StandardCharsets.ISO_8859_1).indexOf('\0') >= 0;
            boolean large = binary || file.path("size").asLong() >= LARGE;
            String path = file.path("path").asString();
            byte[] known = repository.files().get(path);
            ObjectNode mode = files.addObject()
                    .put("path", path)
                    .put("uploadMode", large ? "lfs" : "regular")
                    .put("shouldIgnore", path.endsWith(".ignored"));
            if (known != null) {
                mode.put("oid", large ? sum("SHA-256", known) : gitSum(known));
            }
        }
        answer(exchange, 200, answer.toString());
    }

    private void batch(HttpExchange exchange, JsonNode body) throws IOException {
        ObjectNode answer = JSON.createObjectNode().put("transfer", "multipart");
        ArrayNode list = answer.putArray("objects");
        for (JsonNode object : body.path("objects")) {
            String oid = object.path("oid").asString();
            long size = object.path("size").asLong();
            ObjectNode entry = list.addObject().put("oid", oid).put("size", size);
            if (objects.containsKey(oid)) {
                continue;
            }
            ObjectNode actions = entry.putObject("actions");
            ObjectNode upload = actions.putObject("upload");
            if (chunk > 0 && size > chunk) {
                multipart(upload, oid, size);
            } else {
                upload.put("href", storageAddress() + "/basic/" + oid + "?signature=secret" + ++signature);
                upload.putObject("header").put("x-amz-wanted", "yes");
            }
            actions.putObject("verify").put("href", address() + "/verify");
        }
        answer(exchange, 200, answer.toString());
    }

    private void multipart(ObjectNode upload, String oid, long size) {
        String id = sameUpload ? oid.substring(0, 8) : oid.substring(0, 8) + "-" + ++signature;
        uploads.computeIfAbsent(id, _ -> new Upload(oid, size, new ConcurrentHashMap<>()));
        upload.put("href", address() + "/complete/" + id + "?signature=secret");
        ObjectNode header = upload.putObject("header").put("chunk_size", Integer.toString(chunk));
        for (int part = 1; (part - 1) * (long) chunk < size; part++) {
            header.put(
                    String.format("%05d", part),
                    storageAddress() + "/part/" + id + "/" + part + "?signature=secret" + ++signature);
        }
    }

    private void storage(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        List<String> path = List.of(exchange.getRequestURI().getRawPath().split("/"));
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (!String.valueOf(exchange.getRequestURI().getRawQuery()).startsWith("signature=secret")) {
            answer(exchange, 403, "<Error><Code>AccessDenied</Code><Message>Not signed</Message></Error>");
        } else if (length == null || Long.parseLong(length) != body.length) {
            answer(exchange, 411, "<Error><Message>How long is it?</Message></Error>");
        } else if (path.get(1).equals("basic")) {
            boolean right = sum("SHA-256", body).equals(path.get(2));
            if (right) {
                objects.put(path.get(2), body);
            }
            answer(exchange, right ? 200 : 400, right ? "" : "<Error><Message>Another sum</Message></Error>");
        } else {
            Upload upload = uploads.get(path.get(2));
            if (upload == null) {
                answer(exchange, 404, "<Error><Code>NoSuchUpload</Code><Message>No such upload</Message></Error>");
                return;
            }
            upload.parts().put(Integer.parseInt(path.get(3)), body);
            if (!exchange.getResponseHeaders().containsKey("ETag")) {
                exchange.getResponseHeaders().add("ETag", "\"" + sum("MD5", body) + "\"");
            }
            answer(exchange, 200, "");
        }
    }

    private void complete(HttpExchange exchange, JsonNode body) throws IOException {
        String id = exchange.getRequestURI().getRawPath().substring("/complete/".length());
        Upload upload = uploads.get(id);
        if (upload == null) {
            answer(exchange, 404, "{\"error\":\"no such upload\"}");
            return;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int number = 1;
        for (JsonNode part : body.path("parts")) {
            byte[] bytes = upload.parts().getOrDefault(number, new byte[0]);
            boolean right = part.path("partNumber").asInt() == number
                    && part.path("etag").asString().equals("\"" + sum("MD5", bytes) + "\"");
            if (!right) {
                answer(exchange, 400, "{\"error\":\"part " + number + " is not the one that came\"}");
                return;
            }
            whole.writeBytes(bytes);
            number++;
        }
        if (!sum("SHA-256", whole.toByteArray()).equals(upload.oid())
                || !body.path("oid").asString().equals(upload.oid())) {
            answer(exchange, 400, "{\"error\":\"another sum\"}");
            return;
        }
        objects.put(upload.oid(), whole.toByteArray());
        uploads.remove(id);
        answer(exchange, 200, "{}");
    }

    private void verify(HttpExchange exchange, JsonNode body) throws IOException {
        byte[] object = objects.get(body.path("oid").asString());
        boolean right = object != null && object.length == body.path("size").asLong();
        answer(exchange, right ? 200 : 422, "{\"message\":\"" + (right ? "ok" : "not there") + "\"}");
    }

    private void commit(HttpExchange exchange, String name, String lines) throws IOException {
        Repository repository = repository(name);
        Map<String, byte[]> files = new TreeMap<>();
        String message = "";
        for (JsonNode line : lines.lines().map(JSON::readTree).toList()) {
            JsonNode value = line.path("value");
            String path = value.path("path").asString("");
            switch (line.path("key").asString()) {
                case "header" -> message = value.path("summary").asString();
                case "file" ->
                    files.put(
                            path,
                            Base64.getDecoder().decode(value.path("content").asString()));
                case "lfsFile" -> {
                    byte[] object = objects.get(value.path("oid").asString());
                    if (object == null || object.length != value.path("size").asLong()) {
                        answer(
                                exchange,
                                400,
                                "{\"error\":\"Your push was rejected because an LFS pointer pointed to a file that does not exist\"}");
                        return;
                    }
                    files.put(path, object);
                }
                default -> {
                    answer(exchange, 400, "{\"error\":\"unknown operation\"}");
                    return;
                }
            }
        }
        repository.files().putAll(files);
        repository.commits().add(message);
        String sha = sha(repository);
        answer(
                exchange,
                200,
                "{\"success\":true,\"commitOid\":\"" + sha + "\",\"commitUrl\":\"" + address() + "/" + name + "/commit/"
                        + sha + "\",\"hookOutput\":\"\"}");
    }

    private static String sha(Repository repository) {
        return sum("SHA-1", ("commit " + repository.commits().size()).getBytes(StandardCharsets.UTF_8));
    }

    private static String gitSum(byte[] content) {
        byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] whole = new byte[head.length + content.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(content, 0, whole, head.length, content.length);
        return sum("SHA-1", whole);
    }

    private static String sum(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
