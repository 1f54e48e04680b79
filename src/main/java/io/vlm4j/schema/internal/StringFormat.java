package io.vlm4j.schema.internal;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A value of `format` that is more than an annotation. What is generated is a subset of what is accepted, chosen
/// so that Java's types can hold all of it: llama.cpp's own dates have a 31st of February.
record StringFormat(String keyword, Regex generated, Predicate<String> accepted) {
    private static final String LEAP = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
    private static final String DATE = "(" + LEAP + "|[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])))";
    private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    private static final String OFFSET = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])"; // java.time ends at 18 hours
    private static final String DURATION =
            "P(N{1,6}D(TN{1,6}[HMS])?|T(N{1,6}H(N{1,6}M)?(N{1,6}S)?|N{1,6}M(N{1,6}S)?|N{1,6}S))".replace("N", "[0-9]");
    private static final String UUID = "H{8}-H{4}-H{4}-H{4}-H{12}".replace("H", "[0-9a-fA-F]");
    private static final String URI_TEXT =
            "[A-Za-z][A-Za-z0-9+.-]{0,30}:(//[A-Za-z0-9._~-]+(:[0-9]{1,5})?(/(#|/)*)?|/?#(#|/)*)(\\?(#|[/?])*)?"
                    .replace("#", "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f][0-9A-Fa-f])");

    private static final List<StringFormat> KNOWN = List.of(
            of("date", DATE),
            of("time", TIME + OFFSET),
            of("date-time", DATE + "T" + TIME + OFFSET),
            of("time-local", TIME),
            of("date-time-local", DATE + "T" + TIME),
            new StringFormat("duration", whole(DURATION), whole("[+-]?P[0-9YMWDTHS.+-]+")::matches),
            of("uuid", UUID),
            new StringFormat("uri", whole(URI_TEXT), StringFormat::isUri));

    private static StringFormat of(String keyword, String pattern) {
        Regex regex = whole(pattern);
        return new StringFormat(keyword, regex, regex::matches);
    }

    private static Regex whole(String pattern) {
        return RegexParser.parse("^(" + pattern + ")$");
    }

    static Optional<StringFormat> of(String keyword) {
        return KNOWN.stream().filter(format -> format.keyword.equals(keyword)).findFirst();
    }

    boolean accepts(String text) {
        return accepted.test(text);
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).isAbsolute();
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
