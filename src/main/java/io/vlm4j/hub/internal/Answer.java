package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Hub;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What came back.
record Answer(int status, HttpHeaders headers, String body) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    /// The storage's, which answers in XML.
    private static final Pattern XML_MESSAGE = Pattern.compile("<Message>([^<]{1,1000})</Message>");

    /// `"api";r=0;t=55`: what is left, and in how many seconds there is more.
    private static final Pattern RATE_LIMIT = Pattern.compile("r=0;\\s*t=(\\d{1,9})");

    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
    private static final int LONGEST_TEXT = 300;

    boolean isGood() {
        return status / 100 == 2;
    }

    /// Whether the same request may succeed a little later.
    boolean isPassing() {
        return PASSING.contains(status);
    }

    /// Whether the server says that it did nothing because it is busy.
    boolean isBusy() {
        return status == 429 || status == 503;
    }

    /// How long to wait, if it says so.
    Optional<Duration> retryAfter() {
        Optional<Duration> limit = headers.firstValue("RateLimit")
                .map(RATE_LIMIT::matcher)
                .filter(found -> status == 429 && found.find())
                .map(found -> Duration.ofSeconds(Long.parseLong(found.group(1)) + 1));
        return limit.or(() -> headers.firstValue("Retry-After").flatMap(Answer::delay));
    }

    private static Optional<Duration> delay(String text) {
        if (SECONDS.matcher(text).matches()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Duration delay = Duration.between(
                    Instant.now(),
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return Optional.of(delay.isNegative() ? Duration.ZERO : delay);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /// @throws Hub when it is none
    JsonNode json(String what) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            throw malformed(what, "no JSON"); // without the cause, which quotes the answer
        }
    }

    /// @param lacks what is wrong with it
    Hub malformed(String what, String lacks) {
        return new Hub(Hub.Reason.MALFORMED, status, "cannot " + what + ": the answer is " + lacks, null);
    }

    /// What it says about itself, in a line; empty when it says nothing.
    String text() {
        String text = headers.firstValue("X-Error-Message").orElseGet(() -> {
            Matcher xml = XML_MESSAGE.matcher(body);
            return xml.find() ? xml.group(1) : jsonText();
        });
        String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "...";
    }

    private String jsonText() {
        try {
            JsonNode tree = JSON.readTree(body);
            return tree.path("error").asString(tree.path("message").asString(""));
        } catch (JacksonException e) {
            return ""; // a page for people
        }
    }
}
