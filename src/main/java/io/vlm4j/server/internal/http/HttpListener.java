package io.vlm4j.server.internal.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections and has their requests answered, each on a virtual thread of its own.
///
/// - **Owner**: whoever opened it.
/// - **Threads**: thread-safe.
/// - **Close**: closes all connections, once.
public final class HttpListener implements AutoCloseable {
    static final Logger LOG = LoggerFactory.getLogger("io.vlm4j.server.http");

    /// They move bytes and write short texts. Where processors are few they are the model's, and one loop that has the
    /// tokens of all streams wakes up less often than two.
    private static final int EVENT_LOOPS = Math.clamp(Runtime.getRuntime().availableProcessors() / 4, 1, 2);
    private static final int BACKLOG = 1024;
    private static final int SEND_BUFFER = 256 << 10; // else the kernel lets each slow reader hold megabytes
    private static final int CHUNK = 64 << 10;

    private final Front front;
    private final HttpLimits limits;
    private final Optional<SslContext> tls;
    private final EventLoopGroup loops;
    private final Channel socket;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
    private final AtomicLong buffered = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private volatile boolean draining;

    private HttpListener(Front front, HttpLimits limits, Optional<SslContext> tls, InetSocketAddress address) {
        this.front = front;
        this.limits = limits;
        this.tls = tls;
        this.loops = new MultiThreadIoEventLoopGroup(
                EVENT_LOOPS, new DefaultThreadFactory("vlm4j-http", true), NioIoHandler.newFactory());
        try {
            this.socket = bind(address);
        } catch (IOException e) {
            shutDown();
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /// @throws UncheckedIOException when the address cannot be listened at
    public static HttpListener open(
            Front front, HttpLimits limits, Optional<SslContext> tls, InetSocketAddress address) {
        return new HttpListener(front, limits, tls, address);
    }

    private Channel bind(InetSocketAddress address) throws IOException {
        io.netty.channel.ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        prepare(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen at " + address.getHostString() + ":" + address.getPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        return bound.channel();
    }

    private void prepare(Channel channel) {
        Connection connection = new Connection(this, channel);
        tls.ifPresent(context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
        channel.pipeline()
                .addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
                        connection.bytes();
                        ctx.fireChannelRead(bytes);
                    }
                })
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(HttpLimits.LONGEST_LINE)
                        .setMaxHeaderSize(HttpLimits.LONGEST_HEAD)
                        .setMaxChunkSize(CHUNK)))
                .addLast(connection);
    }

    public int port() {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    Front front() {
        return front;
    }

    HttpLimits limits() {
        return limits;
    }

    boolean isSecure() {
        return tls.isPresent();
    }

    boolean isDraining() {
        return draining;
    }

    BodyBuffer newBody(long most) {
        return new BodyBuffer(buffered, limits.bufferedBytes(), most);
    }

    /// @return whether there was room for it
    boolean add(Connection connection) {
        if (connections.size() >= limits.connections()) {
            return false;
        }
        connections.add(connection);
        return true;
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    public int connections() {
        return connections.size();
    }

    public int active() {
        return exchanges.size();
    }

    /// Answers a request on a thread of its own.
    ///
    /// @param after run when it is done, whatever came of it; sees to it that it is [#ended]
    void start(Exchange exchange, Runnable work, Runnable after) {
        exchanges.add(exchange);
        Thread.ofVirtual().name("vlm4j-request-" + exchange.id()).start(() -> {
            try {
                work.run();
            } finally {
                after.run();
            }
        });
    }

    /// The response is on its way, or will never be.
    void ended(Exchange exchange) {
        exchanges.remove(exchange);
        lock.lock();
        try {
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Accepts no more connections, closes idle ones, and all others after their request.
    public void stopAccepting() {
        draining = true;
        var _ = socket.close().awaitUninterruptibly();
        connections.forEach(Connection::drainLater);
    }

    /// Waits until no request is being answered, and what was written has been handed to the system: an event loop that
    /// is shut down closes its channels before it does what it was asked to.
    ///
    /// @return whether that is so
    public boolean awaitQuiet(Duration time) throws InterruptedException {
        long left = time.toNanos();
        lock.lock();
        try {
            while (!exchanges.isEmpty() && left > 0) {
                left = quiet.awaitNanos(left);
            }
            return exchanges.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// Asks all requests that are being answered to come to an end.
    public void stopAll() {
        exchanges.forEach(Exchange::stop);
    }

    @Override
    public void close() {
        draining = true;
        var _ = socket.close().awaitUninterruptibly();
        shutDown();
        exchanges.forEach(Exchange::clientGone);
    }

    private void shutDown() {
        var _ = loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
