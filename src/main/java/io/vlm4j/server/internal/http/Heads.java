package io.vlm4j.server.internal.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Netty's requests as ours.
final class Heads {
    private Heads() {}

    static Head of(HttpRequest request, Channel channel, boolean secure) {
        Map<String, List<String>> headers = new HashMap<>();
        for (Map.Entry<String, String> header : request.headers()) {
            headers.computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(header.getValue());
        }
        long length =
                HttpUtil.isTransferEncodingChunked(request) ? Head.UNKNOWN : HttpUtil.getContentLength(request, 0L);
        return new Head(request.method().name(), path(request.uri()), headers, address(channel), secure, length);
    }

    /// Of a request that could not be read.
    static Head unknown(Channel channel) {
        return new Head("?", "?", Map.of(), address(channel), false, 0);
    }

    /// The path alone, also of `http://host/path`, which clients send to proxies.
    private static String path(String uri) {
        String local = uri;
        int scheme = uri.indexOf("://");
        if (scheme > 0 && !uri.startsWith("/")) {
            int slash = uri.indexOf('/', scheme + 3);
            local = slash < 0 ? "/" : uri.substring(slash);
        }
        try {
            return new QueryStringDecoder(local).path();
        } catch (IllegalArgumentException e) {
            return local; // no sense in its percent signs: no route has this path
        }
    }

    private static String address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote && remote.getAddress() != null
                ? remote.getAddress().getHostAddress()
                : "?";
    }
}
