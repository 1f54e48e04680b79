package io.vlm4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Pictures that were dropped on the terminal, which then types their paths: whole, and quoted where that is needed.
/// They stand before or behind the text of a message, or alone. A path in the middle of a sentence stays text.
///
/// @param files in the order in which they stand
/// @param text  what remains
record DroppedPictures(List<Path> files, String text) {
    private static final Set<String> KINDS = Set.of("png", "jpg", "jpeg", "gif", "bmp", "webp");

    static DroppedPictures in(String typed) {
        List<Words.Word> words = Words.of(typed);
        List<Path> leading = new ArrayList<>();
        int first = 0;
        while (first < words.size() && file(words.get(first)).isPresent()) {
            leading.add(file(words.get(first++)).get());
        }
        List<Path> trailing = new ArrayList<>();
        int last = words.size() - 1;
        while (last >= first && file(words.get(last)).isPresent()) {
            trailing.addFirst(file(words.get(last--)).get());
        }
        leading.addAll(trailing);
        String text = first > last
                ? ""
                : typed.substring(words.get(first).start(), words.get(last).end());
        return leading.isEmpty() ? new DroppedPictures(List.of(), typed) : new DroppedPictures(leading, text);
    }

    DroppedPictures {
        files = List.copyOf(files);
    }

    private static Optional<Path> file(Words.Word word) {
        String name = word.text();
        boolean whole = name.startsWith("/") || name.startsWith("file:///");
        String kind = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (!whole || !word.closed() || !KINDS.contains(kind)) {
            return Optional.empty();
        }
        try {
            return Optional.of(UserPath.of(name)).filter(Files::isRegularFile);
        } catch (Failure e) {
            return Optional.empty();
        }
    }
}
