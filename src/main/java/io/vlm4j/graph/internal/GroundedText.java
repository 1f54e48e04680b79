package io.vlm4j.graph.internal;

import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads KOSMOS-2's tags.
///
/// Source: the description of the output in the documentation of transformers' `Kosmos2Processor`, and its behaviour.
public final class GroundedText {
    private static final String IMAGE_END = "</image>";
    private static final int GRID = 32; // patches along each side
    private static final String PAIR = "<patch_index_[0-9]{1,9}><patch_index_[0-9]{1,9}>";
    private static final String DELIMITER = "</delimiter_of_multi_objects/>";
    private static final Pattern OBJECT = Pattern.compile("(?:<phrase>(?<phrase>[^<]+)</phrase>)?<object>(?<pairs>(?:"
            + PAIR + DELIMITER + ")*+" + PAIR + ")</object>");
    private static final Pattern INDEX = Pattern.compile("<patch_index_([0-9]+)><patch_index_([0-9]+)>");

    private GroundedText() {}

    /// See [Grounding#parse].
    public static Grounding parse(String generated) {
        String tagged = generated.substring(
                generated.contains(IMAGE_END) ? generated.lastIndexOf(IMAGE_END) + IMAGE_END.length() : 0);
        String text = withoutTags(tagged);
        int leading = leadingSpaces(text);
        List<Entity> entities = new ArrayList<>();
        Matcher objects = OBJECT.matcher(tagged);
        while (objects.find()) {
            String phrase = objects.group("phrase");
            if (phrase == null) {
                int at = withoutTags(tagged.substring(0, objects.start())).length() - leading;
                nameless(objects.group("pairs"), at, entities);
            } else {
                int end =
                        withoutTags(tagged.substring(0, objects.end("phrase"))).length();
                named(phrase, end - phrase.length() - leading, objects.group("pairs"), entities);
            }
        }
        return new Grounding(stripped(text), entities);
    }

    private static void named(String phrase, int start, String pairs, List<Entity> entities) {
        List<Box> boxes = new ArrayList<>();
        Matcher indexes = INDEX.matcher(pairs);
        while (indexes.find()) {
            box(indexes).ifPresent(boxes::add);
        }
        if (!boxes.isEmpty()) {
            String label = stripped(phrase);
            int from = start + leadingSpaces(phrase);
            entities.add(new Entity(label, from, from + label.length(), boxes));
        }
    }

    private static void nameless(String pairs, int at, List<Entity> entities) {
        Matcher indexes = INDEX.matcher(pairs);
        while (indexes.find()) {
            String label = "<patch_index_" + Integer.parseInt(indexes.group(1)) + "><patch_index_"
                    + Integer.parseInt(indexes.group(2)) + ">";
            box(indexes).ifPresent(box -> entities.add(new Entity(label, at, at, List.of(box))));
        }
    }

    /// From the middle of one patch to that of another, or, when they are in one row or column, from edge to edge.
    private static Optional<Box> box(Matcher indexes) {
        int first = Integer.parseInt(indexes.group(1));
        int last = Integer.parseInt(indexes.group(2));
        int left = first % GRID;
        int top = first / GRID;
        int right = last % GRID;
        int bottom = last / GRID;
        if (first >= GRID * GRID || last >= GRID * GRID || left > right || top > bottom) {
            return Optional.empty();
        }
        double cell = 1.0 / GRID;
        boolean thin = left == right || top == bottom;
        double near = thin ? 0 : cell / 2;
        double far = thin ? cell : cell / 2;
        return Optional.of(new Box(left * cell + near, top * cell + near, right * cell + far, bottom * cell + far));
    }

    /// Without what stands between `<` and the next `>` of the same line. By hand: an expression takes quadratic
    /// time for what is never closed.
    private static String withoutTags(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        int close = -1; // the first > from `at` on, and the first line end
        int line = -1;
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) != '<') {
                kept.append(text.charAt(at));
                continue;
            }
            close = close < at ? next(text, '>', at) : close;
            line = line < at ? next(text, '\n', at) : line;
            if (close < line) {
                at = close;
            } else {
                kept.append('<');
            }
        }
        return kept.toString();
    }

    private static int next(String text, char c, int from) {
        int at = text.indexOf(c, from);
        return at < 0 ? Integer.MAX_VALUE : at;
    }

    private static int leadingSpaces(String text) {
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static String stripped(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(Math.min(leadingSpaces(text), end), end);
    }

    /// What Python takes for white space: also the spaces that do not break lines.
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
