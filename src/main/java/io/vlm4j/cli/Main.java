package io.vlm4j.cli;

import java.util.Arrays;

/// The process `vlm4j`.
public final class Main {
    private static final String LOG = "org.slf4j.simpleLogger.";

    private Main() {}

    public static void main(String[] arguments) {
        configureLog(Arrays.asList(arguments).contains("--verbose")
                || Arrays.asList(arguments).contains("-v"));
        if (arguments.length > 0 && arguments[0].equals("serve")) {
            configureServerLog();
        }
        int code = new Cli(Terminal.ofProcess(), Interruption.ofProcess()).run(arguments);
        System.exit(code);
    }

    /// The log is for finding faults: what a user must know is in the messages. Before the first logger is made.
    private static void configureLog(boolean verbose) {
        setUnlessGiven("defaultLogLevel", verbose ? "debug" : "off");
        setUnlessGiven("showThreadName", "false");
        setUnlessGiven("log.java", "off"); // the JDK's own, which says with a stack trace that the process ends
        setUnlessGiven("log.jdk", "off");
    }

    /// A server says who asked what, and when.
    private static void configureServerLog() {
        setUnlessGiven("log.io.vlm4j.server", "info");
        setUnlessGiven("showDateTime", "true");
        setUnlessGiven("dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
    }

    private static void setUnlessGiven(String name, String value) {
        if (System.getProperty(LOG + name) == null) {
            System.setProperty(LOG + name, value);
        }
    }
}
