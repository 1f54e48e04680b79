package io.vlm4j.server.internal.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection: reads a request, has it answered, reads the next. All methods run on the connection's event loop.
///
/// While a request is answered the connection is still read, because that is how a client's going is noticed; what it
/// sends meanwhile waits, and no more is read when that is much.
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final int MOST_LATER = 32 << 10;
    private static final int SIZE_OF_HEAD = 1 << 10; // or more, which does not matter here

    private enum State {
        /// Between two requests.
        IDLE,
        /// A request's head has begun.
        HEAD,
        BODY,
        /// A refused request's end.
        SKIPPING,
        ANSWERING,
        /// Nothing that comes in matters any more.
        CLOSING
    }

    private final HttpListener owner;
    private final Channel channel;
    private final Deque<Object> later = new ArrayDeque<>();
    private State state = State.IDLE;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable Head head;
    private @Nullable String id;
    private Admission.@Nullable Admitted admitted;
    private @Nullable BodyBuffer body;
    private @Nullable Exchange exchange;
    private boolean persistent;
    private boolean chunked;
    private long began;

    Connection(HttpListener owner, Channel channel) {
        this.owner = owner;
        this.channel = channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (owner.add(this)) {
            await(owner.limits().idle());
        } else {
            refuse(owner.front().fault(null, 503, "too many connections"), "none", false);
        }
    }

    /// Bytes have come in, before anything is made of them.
    void bytes() {
        if (state == State.IDLE) {
            state = State.HEAD;
            await(owner.limits().head());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.CLOSING) {
            ReferenceCountUtil.release(message);
        } else if (state == State.ANSWERING) {
            later.add(message);
            channel.config()
                    .setAutoRead(later.stream().mapToInt(Connection::size).sum() < MOST_LATER);
        } else {
            process(message);
        }
    }

    private static int size(Object message) {
        return message instanceof HttpContent content ? content.content().readableBytes() : SIZE_OF_HEAD;
    }

    private void process(Object message) {
        try {
            if (message instanceof io.netty.handler.codec.http.HttpObject object
                    && object.decoderResult().isFailure()) {
                malformed(object.decoderResult().cause());
                return;
            }
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof HttpContent content && state != State.CLOSING) {
                content(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void malformed(Throwable cause) {
        int status = switch (cause) {
            case TooLongHttpLineException e -> 414;
            case TooLongHttpHeaderException e -> 431;
            default -> 400;
        };
        String why = switch (status) {
            case 414 -> "the request line is longer than " + HttpLimits.LONGEST_LINE + " bytes";
            case 431 -> "the request's headers are longer than " + HttpLimits.LONGEST_HEAD + " bytes";
            default -> "this is no HTTP/1.1";
        };
        refuse(owner.front().fault(head, status, why), "malformed", true);
    }

    private void begin(HttpRequest request) {
        began = System.nanoTime();
        persistent = HttpUtil.isKeepAlive(request) && !owner.isDraining();
        chunked = request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0;
        Head read = Heads.of(request, channel, owner.isSecure());
        head = read;
        id = owner.front().id(read);
        if (request.protocolVersion().majorVersion() != 1) {
            refuse(owner.front().fault(read, 505, "only HTTP/1.1 is spoken here"), "malformed", true);
            return;
        }
        if (chunked && request.headers().getAll("host").size() != 1) {
            refuse(owner.front().fault(read, 400, "a request needs one Host header"), "malformed", true);
            return;
        }
        List<String> codings = read.headers().getOrDefault("transfer-encoding", List.of());
        if (!codings.isEmpty() && !(codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked"))) {
            refuse(owner.front().fault(read, 501, "of transfer codings only chunked is known"), "malformed", true);
            return;
        }
        switch (owner.front().admit(read)) {
            case Admission.Refused refused -> refuse(refused.answer(), refused.route(), read.hasBody());
            case Admission.Admitted ok -> receive(ok, read, HttpUtil.is100ContinueExpected(request));
        }
    }

    private void receive(Admission.Admitted ok, Head read, boolean asks) {
        if (read.length() > ok.maxBody()) {
            refuse(tooLarge(read, ok), ok.route(), true);
            return;
        }
        if (asks) {
            var _ = channel.writeAndFlush(
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
        admitted = ok;
        body = owner.newBody(ok.maxBody());
        state = State.BODY;
        await(owner.limits().body());
    }

    private Answer tooLarge(Head read, Admission.Admitted ok) {
        return owner.front().fault(read, 413, "the request's body is larger than " + ok.maxBody() + " bytes");
    }

    private void content(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (state == State.SKIPPING) {
            if (last) {
                next();
            }
            return;
        }
        BodyBuffer buffer = Objects.requireNonNull(body);
        Head read = Objects.requireNonNull(head);
        Admission.Admitted ok = Objects.requireNonNull(admitted);
        switch (buffer.add(content.content())) {
            case TAKEN -> {
                if (last) {
                    answer(read, ok, buffer);
                }
            }
            case TOO_LARGE -> refuse(tooLarge(read, ok), ok.route(), true);
            case NO_ROOM ->
                refuse(
                        owner.front()
                                .fault(read, 503, "too many large requests at a time")
                                .with("retry-after", "1"),
                        ok.route(),
                        true);
        }
    }

    private void answer(Head read, Admission.Admitted ok, BodyBuffer buffer) {
        state = State.ANSWERING;
        stopTimer();
        String name = Objects.requireNonNull(id);
        Exchange begun = new Exchange(
                read,
                name,
                buffer.bytes(),
                channel,
                owner.front().headers(read, name),
                owner.limits().stall(),
                persistent,
                chunked);
        exchange = begun;
        owner.start(begun, () -> run(begun, ok.action()), () -> leave(begun));
    }

    /// On the request's own thread.
    private void run(Exchange begun, Admission.Action action) {
        try {
            action.run(begun);
        } catch (ClientGone e) {
            var _ = channel.close();
        } catch (Throwable t) {
            if (begun.isCommitted()) {
                var _ = channel.close(); // a cut response must not look whole
            } else {
                begun.send(owner.front().failure(begun.head(), t));
            }
        }
        if (!begun.isCommitted()) {
            begun.send(owner.front().fault(begun.head(), 500, "the request was not answered"));
        } else if (!begun.isEnded()) {
            var _ = channel.close();
        }
    }

    /// On the request's own thread.
    private void leave(Exchange begun) {
        try {
            channel.eventLoop().execute(() -> answered(begun));
        } catch (RejectedExecutionException e) { // the server has ended
            owner.ended(begun);
        }
    }

    /// Everything of the response has been handed to the channel before.
    private void answered(Exchange begun) {
        var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> owner.ended(begun));
        tell(begun.status(), begun.isGone());
        release();
        exchange = null;
        if (!channel.isActive() || state == State.CLOSING) {
            return;
        }
        if (!begun.keepsConnection() || owner.isDraining()) {
            closeGently();
        } else {
            next();
        }
    }

    /// Waits for the next request, which may be there already.
    private void next() {
        state = State.IDLE;
        head = null;
        await(owner.limits().idle());
        while (!later.isEmpty() && state != State.ANSWERING && state != State.CLOSING) {
            process(later.remove());
        }
        if (later.isEmpty() && state != State.ANSWERING) {
            channel.config().setAutoRead(true);
        }
    }

    /// Answers without having read, or understood, all of the request.
    ///
    /// @param cut whether what follows is no further request
    private void refuse(Answer answer, String route, boolean cut) {
        Head read = head;
        String name = id == null ? owner.front().id(read) : id;
        Exchange refused = new Exchange(
                read == null ? Heads.unknown(channel) : read,
                name,
                new byte[0],
                channel,
                read == null ? java.util.Map.of() : owner.front().headers(read, name),
                owner.limits().stall(),
                persistent && !cut,
                chunked);
        refused.send(answer);
        tell(refused.head(), name, route, answer.status(), false);
        release();
        if (!refused.keepsConnection()) {
            closeGently();
        } else {
            state = State.SKIPPING;
        }
    }

    private void tell(int status, boolean gone) {
        tell(
                Objects.requireNonNull(head),
                Objects.requireNonNull(id),
                Objects.requireNonNull(admitted).route(),
                status,
                gone);
    }

    private void tell(Head read, String name, String route, int status, boolean gone) {
        Duration time = head == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began);
        owner.front().done(new Front.Done(name, route, read.method(), read.path(), read.client(), status, time, gone));
    }

    /// Closes after what was written has arrived. A client that is still sending would lose the response to a reset:
    /// it may go on for a while into nothing.
    private void closeGently() {
        state = State.CLOSING;
        stopTimer();
        discardLater();
        channel.config().setAutoRead(true);
        var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> {
            if (channel instanceof DuplexChannel duplex && !owner.isSecure() && !owner.isDraining()) {
                var _ = duplex.shutdownOutput();
                var _ = channel.eventLoop().schedule(this::closeNow, LINGER.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                var _ = channel.close();
            }
        });
    }

    private void closeNow() {
        var _ = channel.close();
    }

    /// From any thread, as [#drain].
    void drainLater() {
        channel.eventLoop().execute(this::drain);
    }

    /// The server ends: a connection without a request has no reason to live.
    private void drain() {
        if (state == State.IDLE) {
            state = State.CLOSING;
            var _ = channel.close();
        } else if (exchange != null) {
            exchange.endConnection();
        }
    }

    private void await(Duration time) {
        stopTimer();
        timer = channel.eventLoop().schedule(this::late, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void late() {
        switch (state) {
            case IDLE -> {
                var _ = channel.close();
            }
            case HEAD -> refuse(owner.front().fault(null, 408, "the request's head took too long"), "malformed", true);
            case BODY, SKIPPING ->
                refuse(owner.front().fault(head, 408, "the request's body took too long"), "malformed", true);
            case ANSWERING, CLOSING -> {}
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void release() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    private void discardLater() {
        later.forEach(ReferenceCountUtil::release);
        later.clear();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && channel.isWritable()) {
            exchange.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSING;
        stopTimer();
        discardLater();
        owner.remove(this);
        if (exchange != null) {
            exchange.clientGone();
        } else {
            release();
        }
    }

    /// Broken connections, failed handshakes.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        HttpListener.LOG.debug("connection of {} failed", channel.remoteAddress(), cause);
        var _ = ctx.close().addListener(ChannelFutureListener.CLOSE);
    }
}
