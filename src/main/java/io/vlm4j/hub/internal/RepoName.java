package io.vlm4j.hub.internal;

import java.util.regex.Pattern;

/// The name of a repository, by the rules of the Hugging Face Hub.
public record RepoName(String owner, String name) {
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?");

    /// @param text `OWNER/NAME`
    /// @throws IllegalArgumentException saying what is wrong with it
    public static RepoName of(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || text.indexOf('/', slash + 1) >= 0) {
            throw refused(text, "must be OWNER/NAME");
        }
        String owner = text.substring(0, slash);
        String name = text.substring(slash + 1);
        if (!PART.matcher(owner).matches() || !PART.matcher(name).matches()) {
            throw refused(
                    text,
                    "must have 1 to 96 letters, digits, '-', '_' and '.' on each side, beginning and ending with none"
                            + " of '-' and '.'");
        }
        if (text.contains("--") || text.contains("..")) {
            throw refused(text, "must have neither '--' nor '..'");
        }
        if (name.endsWith(".git")) {
            throw refused(text, "must not end with '.git'");
        }
        return new RepoName(owner, name);
    }

    private static IllegalArgumentException refused(String text, String rule) {
        return new IllegalArgumentException("repository '" + text + "' " + rule);
    }

    @Override
    public String toString() {
        return owner + "/" + name;
    }
}
