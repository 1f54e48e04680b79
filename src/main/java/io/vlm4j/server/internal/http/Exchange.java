package io.vlm4j.server.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request that is being answered: its body, and the way back to its client.
///
/// The answering thread blocks while the client does not take what was written, so that nothing piles up. That the
/// client is gone is told at once, also while nothing is written ([#onStop]).
///
/// One thread answers; [#stop] comes from others. While an answer is written by the connection's event loop, which must
/// not block, [#onReady] tells that there is room again.
public final class Exchange {
    private final Head head;
    private final String id;
    private byte[] body;
    private final Channel channel;
    private final Map<String, String> headers;
    private final Duration stall;
    private final boolean persistent; // as far as the client is concerned
    private final boolean chunked;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Runnable stopping; // guarded by lock, as what follows
    private boolean stopped;
    private volatile boolean gone;
    private @Nullable Runnable ready;
    private @Nullable ScheduledFuture<?> stalled; // of the event loop
    private volatile int status;
    private volatile boolean ended;
    private volatile boolean lastOfConnection;

    Exchange(
            Head head,
            String id,
            byte[] body,
            Channel channel,
            Map<String, String> headers,
            Duration stall,
            boolean persistent,
            boolean chunked) {
        this.head = head;
        this.id = id;
        this.body = body;
        this.channel = channel;
        this.headers = headers;
        this.stall = stall;
        this.persistent = persistent;
        this.chunked = chunked;
    }

    public Head head() {
        return head;
    }

    public String id() {
        return id;
    }

    /// The request's body; once, so that it need not be kept while the request is answered.
    public byte[] takeBody() {
        byte[] taken = body;
        body = new byte[0];
        return taken;
    }

    /// What ends the work for this request, run when the client is gone or the server wants to end; at once when that
    /// is so already.
    public void onStop(Runnable action) {
        boolean now;
        lock.lock();
        try {
            stopping = action;
            now = stopped;
        } finally {
            lock.unlock();
        }
        if (now) {
            action.run();
        }
    }

    /// Asks for an early end; the answer may still be completed.
    void stop() {
        Runnable action;
        lock.lock();
        try {
            action = stopped ? null : stopping;
            stopped = true;
        } finally {
            lock.unlock();
        }
        if (action != null) {
            action.run();
        }
    }

    void clientGone() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        stop();
        tellReady();
    }

    void writable() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        tellReady();
    }

    private void tellReady() {
        Runnable action;
        lock.lock();
        try {
            action = ready;
        } finally {
            lock.unlock();
        }
        if (action != null) {
            action.run();
        }
    }

    public boolean isGone() {
        return gone;
    }

    /// What is run when the client takes more again, and when it is gone.
    public void onReady(Runnable action) {
        lock.lock();
        try {
            ready = action;
        } finally {
            lock.unlock();
        }
    }

    /// Runs something on the connection's event loop, where [#write] does not wait, and [#flush] must follow it.
    ///
    /// @throws java.util.concurrent.RejectedExecutionException when the server has ended
    public void execute(Runnable action) {
        channel.eventLoop().execute(action);
    }

    /// Whether the connection's event loop does nothing any more.
    public boolean hasEnded() {
        return channel.eventLoop().isShutdown();
    }

    /// For the event loop: whether more may be written. When not, the client has so long to take something.
    public boolean isReady() {
        if (!gone && !channel.isWritable()) {
            if (stalled == null) {
                stalled = channel.eventLoop().schedule(this::giveUp, stall.toNanos(), TimeUnit.NANOSECONDS);
            }
            return false;
        }
        if (stalled != null) {
            stalled.cancel(false);
            stalled = null;
        }
        return true;
    }

    private void giveUp() {
        var _ = channel.close();
    }

    /// For the event loop: sends what was written.
    public void flush() {
        channel.flush();
    }

    int status() {
        return status;
    }

    boolean isEnded() {
        return ended;
    }

    boolean keepsConnection() {
        return persistent && !lastOfConnection;
    }

    /// No further request is read from this connection.
    void endConnection() {
        lastOfConnection = true;
    }

    /// Whether a response has begun.
    public boolean isCommitted() {
        return status != 0;
    }

    /// Sends a response that is there as a whole.
    public void send(Answer answer) {
        begin(answer.status());
        HttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                Unpooled.wrappedBuffer(answer.body()));
        fill(response.headers(), answer.contentType());
        answer.headers().forEach(response.headers()::set);
        if (answer.status() != 204 && answer.status() != 304) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
        }
        ended = true;
        var _ = channel.writeAndFlush(response);
    }

    /// Begins a response that is written piece by piece.
    public void beginStream(String contentType) {
        begin(200);
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        if (chunked) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else {
            endConnection(); // which is how a client of HTTP/1.0 learns of the end
        }
        fill(response.headers(), contentType);
        response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        response.headers().set("x-accel-buffering", "no"); // nginx would collect the pieces
        var _ = channel.writeAndFlush(response);
    }

    private void begin(int code) {
        if (status != 0) {
            throw new IllegalStateException("request " + id + " was answered already");
        }
        status = code;
    }

    private void fill(HttpHeaders to, String contentType) {
        headers.forEach(to::set);
        if (!contentType.isEmpty()) {
            to.set(HttpHeaderNames.CONTENT_TYPE, contentType);
        }
        if (!keepsConnection()) {
            to.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    /// A piece of the response; waits while the client has not taken enough of those before.
    ///
    /// @throws ClientGone when it is, or does not take anything for too long
    public void write(byte[] piece) {
        if (channel.eventLoop().inEventLoop()) {
            requireClient();
            var _ = channel.write(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)));
            return;
        }
        awaitWritable();
        ByteBuf buffer = Unpooled.wrappedBuffer(piece);
        var _ = channel.writeAndFlush(new DefaultHttpContent(buffer));
    }

    /// The end of a response that was written piece by piece.
    public void endStream() {
        ended = true;
        var _ = channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private void awaitWritable() {
        lock.lock();
        try {
            long left = stall.toNanos();
            while (!gone && !channel.isWritable()) {
                if (left <= 0) {
                    var _ = channel.close();
                    throw new ClientGone(
                            "the client of request " + id + " did not read for " + stall.toSeconds() + " s");
                }
                left = changed.awaitNanos(left);
            }
            requireClient();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientGone("interrupted");
        } finally {
            lock.unlock();
        }
    }

    private void requireClient() {
        if (gone) {
            throw new ClientGone("the client of request " + id + " is gone");
        }
    }
}
