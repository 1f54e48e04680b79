package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Hub;
import io.vlm4j.Vlm4jException.Hub.Reason;
import java.util.Locale;
import java.util.regex.Pattern;

/// What a status means, and what would help.
final class Refusal {
    private static final Pattern NO_ROOM =
            Pattern.compile("(storage|quota|space)\\b.*\\b(limit|exceed|full|reached|left)|over.?quota");

    private Refusal() {}

    /// @param what   was to be done: "create me/model"
    /// @param status of the answer, or of a part of it
    /// @param text   what it says
    static Hub of(String what, int status, String text) {
        Reason reason = reason(status, text);
        String said = text.isEmpty() ? "" : ", \"" + text + "\"";
        return new Hub(reason, status, "cannot " + what + ": " + status + said + hint(reason, status), null);
    }

    /// The same of a storage, which knows no tokens: what it refuses may be good with new addresses.
    static Hub ofStorage(String what, String host, int status, String text) {
        Hub refusal = of(what, status, text);
        return switch (refusal.reason()) {
            case UNAUTHORIZED, FORBIDDEN, NOT_FOUND ->
                new Hub(
                        Reason.REFUSED,
                        status,
                        "cannot " + what + ": " + host + " says " + status
                                + (text.isEmpty() ? "" : ", \"" + text + "\""),
                        null);
            default -> refusal;
        };
    }

    private static Reason reason(int status, String text) {
        boolean full = NO_ROOM.matcher(text.toLowerCase(Locale.ROOT)).find();
        return switch (status) {
            case 401 -> Reason.UNAUTHORIZED;
            case 402, 507 -> Reason.QUOTA;
            case 403 -> full ? Reason.QUOTA : Reason.FORBIDDEN;
            case 404, 410 -> Reason.NOT_FOUND;
            case 413 -> full ? Reason.QUOTA : Reason.TOO_LARGE;
            case 429 -> Reason.RATE_LIMITED;
            default -> status >= 500 ? Reason.UNAVAILABLE : full ? Reason.QUOTA : Reason.REFUSED;
        };
    }

    private static String hint(Reason reason, int status) {
        return switch (reason) {
            case UNAUTHORIZED -> ". The token is unknown to the hub, or has expired";
            case FORBIDDEN ->
                ". The token lacks the right to write there (\"write\", or \"write access to contents\" of"
                        + " this repository or its owner)";
            case NOT_FOUND -> ". There is no such repository or branch, or the token may not see it";
            case QUOTA -> ". The account has no room left";
            case TOO_LARGE -> ". The hub takes no file, or no commit, of this size";
            case RATE_LIMITED -> ". Too many requests; try again later";
            case UNAVAILABLE -> ". The server fails (" + status + "); try again later";
            case REFUSED, MALFORMED, FILE_CHANGED -> "";
        };
    }
}
