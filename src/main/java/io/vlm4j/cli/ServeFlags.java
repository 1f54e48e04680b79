package io.vlm4j.cli;

import io.vlm4j.prompt.ReasoningFormat;
import io.vlm4j.server.ApiKeys;
import io.vlm4j.server.MediaAccess;
import io.vlm4j.server.ServerCertificate;
import io.vlm4j.server.ServerLimits;
import io.vlm4j.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a server listens, whom it answers, and what that may cost.
final class ServeFlags {
    private static final int DEFAULT_DRAIN = 30;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Where to listen. Default: ${DEFAULT-VALUE}, which only this machine reaches.")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "0: a free one. Default: ${DEFAULT-VALUE}.")
    private int port = ServerOptions.DEFAULT_PORT;

    @Option(
            names = {"-a", "--alias"},
            paramLabel = "NAME",
            description = "What the model is called. Default: its file's name.")
    private @Nullable String alias;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            split = ",",
            description = "A key that requests must bring. May be repeated. Others on this machine can see it; better"
                    + " VLM4J_API_KEY or --api-key-file.")
    private List<String> keys = List.of();

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "A file with such keys, one in each line; read once.")
    private @Nullable Path keyFile;

    @Option(names = "--api-prefix", paramLabel = "PATH", description = "What all paths begin with, such as /vlm.")
    private String prefix = "";

    @Option(
            names = {"--no-webui", "--no-ui"},
            description = "No page at /.")
    private boolean noPage;

    @Option(
            names = {"--embeddings", "--embedding"},
            description = "Offer embeddings, which take a context of their own.")
    private boolean embeddings;

    @Option(
            names = "--attention",
            description = "Offer pictures of where the model looked, which take a context of their own.")
    private boolean attention;

    @Option(
            names = "--metrics",
            description = "Taken, so that command lines of llama-server work: they are always there.")
    @SuppressWarnings("UnusedVariable")
    private boolean metrics;

    @Option(
            names = "--reasoning-format",
            paramLabel = "NAME",
            description = "What becomes of thoughts: auto, deepseek, deepseek-legacy or none. Default: auto.")
    private String reasoning = "auto";

    @Option(
            names = {"-n", "--predict", "--n-predict", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of an answer, whatever a request says; -1: as many as fit, as by default.")
    private int maxTokens = -1;

    @Option(
            names = "--fetch-images",
            description = "Fetch pictures that requests name by http and https addresses, from public hosts.")
    private boolean fetch;

    @Option(
            names = "--fetch-hosts",
            paramLabel = "HOST",
            split = ",",
            description = "Fetch pictures from these hosts only; .example.com is every host below it. May be repeated.")
    private List<String> fetchHosts = List.of();

    @Option(
            names = "--fetch-private",
            description = "Also from hosts of private networks and this machine. Only for callers that you trust.")
    private boolean fetchPrivate;

    @Option(
            names = "--media-path",
            paramLabel = "DIR",
            description = "Read pictures that requests name as file:// in this folder.")
    private @Nullable Path folder;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description = "Let pages of this origin ask, such as https://example.com; * is all. May be repeated.")
    private List<String> origins = List.of();

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            split = ",",
            description = "A further name by which the server may be reached (Host header). May be repeated.")
    private List<String> hosts = List.of();

    @Option(names = "--ssl-cert-file", paramLabel = "FILE", description = "Speak TLS with this certificate, PEM.")
    private @Nullable Path certificate;

    @Option(names = "--ssl-key-file", paramLabel = "FILE", description = "Its key, PEM (PKCS#8).")
    private @Nullable Path certificateKey;

    @Option(names = "--ssl-keystore", paramLabel = "FILE", description = "Both in one file, PKCS#12.")
    private @Nullable Path keyStore;

    @Option(
            names = "--ssl-keystore-password-file",
            paramLabel = "FILE",
            description = "A file with its password; VLM4J_SSL_KEYSTORE_PASSWORD is the other way to give it.")
    private @Nullable Path keyStorePassword;

    @Option(
            names = {"-to", "--timeout"},
            paramLabel = "S",
            description =
                    "Seconds that a client may take to send a request, or not read its answer. Default: 120 and 60.")
    private @Nullable Integer timeout;

    @Option(names = "--request-timeout", paramLabel = "S", description = "Most seconds of an answer. Default: no end.")
    private @Nullable Integer requestTimeout;

    @Option(
            names = "--drain-timeout",
            paramLabel = "S",
            description = "Seconds that answers may take to end when the server is to end. Default: ${DEFAULT-VALUE}.")
    private int drain = DEFAULT_DRAIN;

    @Option(names = "--max-connections", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int connections = ServerLimits.defaults().connections();

    @Option(names = "--max-body-mb", paramLabel = "N", description = "The largest request. Default: ${DEFAULT-VALUE}.")
    private int bodyMegabytes = 64;

    @Option(
            names = "--max-images",
            paramLabel = "N",
            description = "Most pictures of a request. Default: ${DEFAULT-VALUE}.")
    private int images = ServerLimits.defaults().images();

    @Option(
            names = "--max-image-megapixels",
            paramLabel = "N",
            description = "The largest picture. Default: ${DEFAULT-VALUE}.")
    private int megapixels = 50;

    boolean embeddings() {
        return embeddings;
    }

    boolean attention() {
        return attention;
    }

    Duration drainTimeout() {
        return Duration.ofSeconds(Math.max(0, drain));
    }

    /// Whether others than this machine's users may ask without a key.
    boolean isOpenToAll() {
        return keys.isEmpty()
                && keyFile == null
                && !List.of("127.0.0.1", "localhost", "::1").contains(host);
    }

    /// @throws Failure when a setting is out of range, or a file cannot be read
    ServerOptions options(ServeSamplingFlags sampling) {
        try {
            ServerOptions.Builder options = ServerOptions.builder()
                    .host(host)
                    .port(port)
                    .keys(keys())
                    .limits(limits())
                    .media(media())
                    .origins(origins)
                    .hosts(hosts)
                    .prefix(prefix)
                    .page(!noPage)
                    .reasoningFormat(reasoningFormat())
                    .sampling(sampling.options());
            if (alias != null) {
                options.name(alias);
            }
            if (requestTimeout != null) {
                options.timeout(Duration.ofSeconds(requestTimeout));
            }
            ServerCertificate tls = tls();
            if (tls != null) {
                options.certificate(tls);
            }
            return options.build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    private ApiKeys keys() {
        ApiKeys given = ApiKeys.of(keys);
        if (keyFile == null) {
            return given;
        }
        try {
            return given.and(ApiKeys.read(keyFile));
        } catch (IOException e) {
            throw new Failure(ExitCode.USAGE, "--api-key-file " + keyFile + " cannot be read: " + e.getMessage(), e);
        }
    }

    private ServerLimits limits() {
        ServerLimits.Builder limits = ServerLimits.builder()
                .connections(connections)
                .bodyBytes((long) bodyMegabytes << 20)
                .images(images)
                .imagePixels(megapixels * 1_000_000L)
                .tokens(Math.max(0, maxTokens));
        if (timeout != null) {
            limits.body(Duration.ofSeconds(timeout)).stall(Duration.ofSeconds(timeout));
        }
        return limits.build();
    }

    private MediaAccess media() {
        MediaAccess access = MediaAccess.none();
        if (fetch || !fetchHosts.isEmpty()) {
            access = access.withHttp(fetchHosts.toArray(String[]::new));
        }
        if (fetchPrivate) {
            access = access.withPrivateAddresses();
        }
        return folder == null ? access : access.withFolder(folder);
    }

    private ReasoningFormat reasoningFormat() {
        return Arrays.stream(ReasoningFormat.values())
                .filter(format -> format.nativeName().equals(reasoning))
                .findFirst()
                .orElseThrow(() -> new Failure(
                        ExitCode.USAGE,
                        "--reasoning-format must be auto, deepseek, deepseek-legacy or none, not '" + reasoning + "'"));
    }

    private @Nullable ServerCertificate tls() {
        if (keyStore != null) {
            return new ServerCertificate.Pkcs12(keyStore, password());
        }
        if (certificate != null && certificateKey != null) {
            return new ServerCertificate.Pem(certificate, certificateKey);
        }
        if (certificate != null || certificateKey != null) {
            throw new Failure(ExitCode.USAGE, "--ssl-cert-file and --ssl-key-file need each other");
        }
        return null;
    }

    private String password() {
        if (keyStorePassword == null) {
            String given = System.getenv("VLM4J_SSL_KEYSTORE_PASSWORD");
            return given == null ? "" : given;
        }
        try {
            return Files.readString(keyStorePassword).strip();
        } catch (IOException e) {
            throw new Failure(
                    ExitCode.USAGE,
                    "--ssl-keystore-password-file " + keyStorePassword + " cannot be read: " + e.getMessage(),
                    e);
        }
    }
}
