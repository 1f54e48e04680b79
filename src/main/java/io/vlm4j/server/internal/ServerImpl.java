package io.vlm4j.server.internal;

import io.netty.handler.ssl.SslContext;
import io.vlm4j.server.ServedModel;
import io.vlm4j.server.Server;
import io.vlm4j.server.ServerCertificate;
import io.vlm4j.server.ServerLimits;
import io.vlm4j.server.ServerOptions;
import io.vlm4j.server.internal.http.HttpLimits;
import io.vlm4j.server.internal.http.HttpListener;
import io.vlm4j.server.internal.http.Tls;
import io.vlm4j.server.internal.media.MediaFetcher;
import io.vlm4j.server.internal.media.Resolver;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts the parts together: what is at which path, and who listens.
public final class ServerImpl implements Server {
    private static final Logger LOG = LoggerFactory.getLogger("io.vlm4j.server");

    /// How long what was cancelled may take to come to its end.
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final ServerOptions options;
    private final Entrance entrance;
    private final HttpListener listener;
    private final Workplace workplace;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();

    private ServerImpl(ServedModel model, ServerOptions options, Resolver resolver) {
        this.options = options;
        this.workplace = new Workplace();
        AtomicReference<HttpListener> listening = new AtomicReference<>();
        Figures figures = figures(model, listening);
        Routes routes =
                new Routes(options.prefix(), options.page() ? Optional.of(new Page(Page.FOLDER)) : Optional.empty());
        this.entrance = new Entrance(options, routes, figures);
        Services services = new Services(
                model,
                options,
                options.name()
                        .orElse(String.valueOf(model.scheduler().model().path().getFileName())),
                Instant.now().getEpochSecond(),
                new Answerer(model, options.timeout(), figures),
                new SamplingReader(
                        model.scheduler().model(),
                        options,
                        new LoraReader(model.adapters()),
                        model.scheduler().slotLength()),
                new MediaFetcher(options.media(), resolver),
                entrance::caller);
        Directory.fill(routes, services, figures, workplace);
        ServerLimits limits = options.limits();
        this.listener = HttpListener.open(
                entrance,
                new HttpLimits(
                        limits.connections(),
                        limits.bufferedBytes(),
                        limits.idle(),
                        limits.head(),
                        limits.body(),
                        limits.stall()),
                options.certificate().map(ServerImpl::tls),
                new InetSocketAddress(options.host(), options.port()));
        listening.set(listener);
    }

    public static ServerImpl start(ServedModel model, ServerOptions options) {
        return start(model, options, Resolver.SYSTEM);
    }

    /// @param resolver of the hosts that pictures are fetched from
    public static ServerImpl start(ServedModel model, ServerOptions options, Resolver resolver) {
        ServerImpl server = new ServerImpl(model, options, resolver);
        LOG.info("listening at {}", server.address());
        if (options.keys().isEmpty() && !HostNames.isLoopback(options.host())) {
            LOG.warn("everybody who reaches {} may ask: there is no API key", server.address());
        }
        return server;
    }

    private static SslContext tls(ServerCertificate certificate) {
        return switch (certificate) {
            case ServerCertificate.Pem pem -> Tls.pem(pem.chain(), pem.key());
            case ServerCertificate.Pkcs12 store ->
                Tls.pkcs12(store.file(), store.password().toCharArray());
        };
    }

    /// Counting needs a library that may not be there.
    private static Figures figures(ServedModel model, AtomicReference<HttpListener> listening) {
        try {
            Class.forName(
                    "io.micrometer.prometheusmetrics.PrometheusMeterRegistry",
                    false,
                    ServerImpl.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return Figures.NONE;
        }
        return new MeterFigures(
                model.scheduler(),
                () -> Optional.ofNullable(listening.get())
                        .map(HttpListener::connections)
                        .orElse(0),
                () -> Optional.ofNullable(listening.get())
                        .map(HttpListener::active)
                        .orElse(0));
    }

    @Override
    public URI address() {
        String host = options.host().equals("0.0.0.0") || options.host().equals("::") ? "127.0.0.1" : options.host();
        return URI.create((options.certificate().isPresent() ? "https" : "http") + "://"
                + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + options.prefix() + "/");
    }

    @Override
    public int port() {
        return listener.port();
    }

    @Override
    public int connections() {
        return listener.connections();
    }

    @Override
    public int requests() {
        return listener.active();
    }

    @Override
    public boolean shutDown(Duration time) throws InterruptedException {
        entrance.drain();
        listener.stopAccepting();
        boolean ended = listener.awaitQuiet(time);
        if (!ended) {
            LOG.info("{} requests have not ended in {} s and are cut", listener.active(), time.toSeconds());
            listener.stopAll();
            if (!listener.awaitQuiet(LAST_WORDS)) {
                LOG.warn("{} requests have not ended when they were cut", listener.active());
            }
        }
        close();
        return ended;
    }

    @Override
    public void awaitClosed() throws InterruptedException {
        done.await();
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        entrance.drain();
        listener.close();
        try {
            listener.awaitQuiet(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workplace.close();
        done.countDown();
    }

    @Override
    public String toString() {
        return "server at " + address();
    }
}
