package io.vlm4j.isolation.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what a worker writes on its standard error, so that it never waits for that, and keeps the end: the last
/// lines, and of the report of a crashed JVM what tells most. Thread-safe.
final class LastWords implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger("io.vlm4j.worker");
    private static final int LINES = 64;
    private static final int LONGEST = 400; // characters of a line
    private static final int REPORT_LINES = 80;
    private static final int HEAD = 24;
    private static final int SECTION = 20;
    private static final String CRASH = "# A fatal error has been detected";
    private static final Pattern SIGNAL = Pattern.compile("^#\\s+(SIG[A-Z0-9]+) ");

    private final InputStream errors;
    private final Deque<String> log = new ArrayDeque<>();
    private final List<String> report = new ArrayList<>();
    private boolean crashed;
    private int wanted; // further lines of the report
    private String signal = "";

    LastWords(InputStream errors) {
        this.errors = errors;
    }

    @Override
    public void run() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(errors, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n') {
                    accept(line.toString());
                    line.setLength(0);
                } else if (line.length() < LONGEST) {
                    line.append((char) c);
                }
            }
            accept(line.toString());
        } catch (IOException e) {
            LOG.debug("the worker's standard error cannot be read: {}", e.getMessage());
        }
    }

    synchronized void accept(String line) {
        if (line.startsWith(CRASH)) {
            crashed = true;
            wanted = HEAD;
        }
        if (!crashed) {
            if (line.isBlank()) {
                return;
            }
            LOG.debug("{}", line);
            log.addLast(line);
            if (log.size() > LINES) {
                log.removeFirst();
            }
            return;
        }
        Matcher name = SIGNAL.matcher(line);
        if (signal.isEmpty() && name.find()) {
            signal = name.group(1);
        }
        if (line.startsWith("Native frames") || line.startsWith("siginfo:")) {
            wanted = line.startsWith("Native") ? SECTION : Math.max(wanted, 1);
        }
        if (wanted > 0 && report.size() < REPORT_LINES && !line.isBlank() && !line.equals("#")) {
            report.add(line);
        }
        wanted--;
    }

    synchronized List<String> log() {
        return List.copyOf(log);
    }

    synchronized List<String> report() {
        return List.copyOf(report);
    }

    /// The signal that the JVM reported; empty when it reported none.
    synchronized String signal() {
        return signal;
    }
}
