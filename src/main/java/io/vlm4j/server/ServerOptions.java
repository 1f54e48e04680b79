package io.vlm4j.server;

import io.vlm4j.prompt.ReasoningFormat;
import io.vlm4j.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// How a server listens, whom it answers, and how.
///
/// @param host            name or address to listen at; `127.0.0.1` is reached from this machine only
/// @param port            0: a free one
/// @param name            what the model is called; empty: its file's name
/// @param keys            one of which each request must bring, when there are any
/// @param certificate     for TLS; without one, plain HTTP is spoken
/// @param origins         pages of these origins may ask (`https://example.com`; `*` is all)
/// @param hosts           further names by which the server is reached, when it listens at a loopback address:
///     others in the Host header are refused, so that no page can reach it by a name that it has made point here
/// @param prefix          what all paths begin with, such as `/vlm`; empty: nothing
/// @param page            whether there is a page to talk to the model at `/`
/// @param sampling        how tokens are chosen where a request does not say; llama-server's defaults
/// @param reasoningFormat what becomes of a model's thoughts where a request does not say
/// @param timeout         how long a request may take in all; empty: as long as it likes
public record ServerOptions(
        String host,
        int port,
        Optional<String> name,
        ApiKeys keys,
        Optional<ServerCertificate> certificate,
        ServerLimits limits,
        MediaAccess media,
        List<String> origins,
        List<String> hosts,
        String prefix,
        boolean page,
        SamplingOptions sampling,
        ReasoningFormat reasoningFormat,
        Optional<Duration> timeout) {
    public static final int DEFAULT_PORT = 8080;
    private static final int HIGHEST_PORT = 65_535;

    public ServerOptions {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is empty");
        }
        if (port < 0 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException("port must be 0 to " + HIGHEST_PORT + ", not " + port);
        }
        if (name.isPresent() && name.get().isBlank()) {
            throw new IllegalArgumentException("the model's name is empty");
        }
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(media, "media");
        origins = List.copyOf(origins);
        hosts = hosts.stream().map(known -> known.toLowerCase(Locale.ROOT)).toList();
        if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
            throw new IllegalArgumentException("prefix must begin with a slash and not end with one: " + prefix);
        }
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(reasoningFormat, "reasoningFormat");
        if (timeout.isPresent() && !timeout.get().isPositive()) {
            throw new IllegalArgumentException("timeout must be above 0, not " + timeout.get());
        }
    }

    public static ServerOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private String host = "127.0.0.1";
        private int port = DEFAULT_PORT;
        private Optional<String> name = Optional.empty();
        private ApiKeys keys = ApiKeys.none();
        private Optional<ServerCertificate> certificate = Optional.empty();
        private ServerLimits limits = ServerLimits.defaults();
        private MediaAccess media = MediaAccess.none();
        private List<String> origins = List.of();
        private List<String> hosts = List.of();
        private String prefix = "";
        private boolean page = true;
        private SamplingOptions sampling = SamplingOptions.builder()
                .temperature(0.8f)
                .topK(40)
                .topP(0.95f)
                .minP(0.05f)
                .build();
        private ReasoningFormat reasoningFormat = ReasoningFormat.AUTO;
        private Optional<Duration> timeout = Optional.empty();

        private Builder() {}

        public Builder host(String value) {
            host = value;
            return this;
        }

        public Builder port(int value) {
            port = value;
            return this;
        }

        public Builder name(String value) {
            name = Optional.of(value);
            return this;
        }

        public Builder keys(ApiKeys value) {
            keys = value;
            return this;
        }

        public Builder certificate(ServerCertificate value) {
            certificate = Optional.of(value);
            return this;
        }

        public Builder limits(ServerLimits value) {
            limits = value;
            return this;
        }

        public Builder media(MediaAccess value) {
            media = value;
            return this;
        }

        public Builder origins(List<String> value) {
            origins = List.copyOf(value);
            return this;
        }

        public Builder hosts(List<String> value) {
            hosts = List.copyOf(value);
            return this;
        }

        public Builder prefix(String value) {
            prefix = value;
            return this;
        }

        public Builder page(boolean value) {
            page = value;
            return this;
        }

        public Builder sampling(SamplingOptions value) {
            sampling = value;
            return this;
        }

        public Builder reasoningFormat(ReasoningFormat value) {
            reasoningFormat = value;
            return this;
        }

        public Builder timeout(Duration value) {
            timeout = Optional.of(value);
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public ServerOptions build() {
            return new ServerOptions(
                    host,
                    port,
                    name,
                    keys,
                    certificate,
                    limits,
                    media,
                    origins,
                    hosts,
                    prefix,
                    page,
                    sampling,
                    reasoningFormat,
                    timeout);
        }
    }
}
