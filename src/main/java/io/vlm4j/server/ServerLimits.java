package io.vlm4j.server;

import java.time.Duration;

/// What clients may cost.
///
/// @param connections   most at a time
/// @param bodyBytes     the largest request
/// @param bufferedBytes most bytes of requests in memory, of all clients together
/// @param images        most pictures (and sounds) of a request
/// @param imagePixels   the largest picture, width times height
/// @param tokens        most tokens of an answer; 0: as many as fit
/// @param choices       most answers to one request (`n`)
/// @param idle          how long a connection may stay open between requests
/// @param head          how long the head of a request may take to come in
/// @param body          how long its body may take
/// @param stall         how long a client may not take what it is sent
public record ServerLimits(
        int connections,
        long bodyBytes,
        long bufferedBytes,
        int images,
        long imagePixels,
        int tokens,
        int choices,
        Duration idle,
        Duration head,
        Duration body,
        Duration stall) {
    public ServerLimits {
        atLeast("connections", connections, 1);
        atLeast("bodyBytes", bodyBytes, 1);
        atLeast("bufferedBytes", bufferedBytes, bodyBytes);
        atLeast("images", images, 0);
        atLeast("imagePixels", imagePixels, 1);
        atLeast("tokens", tokens, 0);
        atLeast("choices", choices, 1);
        positive("idle", idle);
        positive("head", head);
        positive("body", body);
        positive("stall", stall);
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be " + least + " or more, not " + value);
        }
    }

    private static void positive(String name, Duration time) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException(name + " must be above 0, not " + time);
        }
    }

    public static ServerLimits defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private int connections = 4096;
        private long bodyBytes = 64L << 20;
        private long bufferedBytes; // 0: a quarter of the heap
        private int images = 16;
        private long imagePixels = 50_000_000;
        private int tokens;
        private int choices = 8;
        private Duration idle = Duration.ofSeconds(75);
        private Duration head = Duration.ofSeconds(10);
        private Duration body = Duration.ofMinutes(2);
        private Duration stall = Duration.ofMinutes(1);

        private Builder() {}

        public Builder connections(int value) {
            connections = value;
            return this;
        }

        public Builder bodyBytes(long value) {
            bodyBytes = value;
            return this;
        }

        /// Unless it is said, a quarter of the heap, or one request.
        public Builder bufferedBytes(long value) {
            bufferedBytes = value;
            return this;
        }

        public Builder images(int value) {
            images = value;
            return this;
        }

        public Builder imagePixels(long value) {
            imagePixels = value;
            return this;
        }

        public Builder tokens(int value) {
            tokens = value;
            return this;
        }

        public Builder choices(int value) {
            choices = value;
            return this;
        }

        public Builder idle(Duration value) {
            idle = value;
            return this;
        }

        public Builder head(Duration value) {
            head = value;
            return this;
        }

        public Builder body(Duration value) {
            body = value;
            return this;
        }

        public Builder stall(Duration value) {
            stall = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public ServerLimits build() {
            long together = bufferedBytes != 0
                    ? bufferedBytes
                    : Math.max(bodyBytes, Runtime.getRuntime().maxMemory() / 4);
            return new ServerLimits(
                    connections, bodyBytes, together, images, imagePixels, tokens, choices, idle, head, body, stall);
        }
    }
}
