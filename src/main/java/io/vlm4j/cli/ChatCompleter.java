package io.vlm4j.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;

/// Completes commands and what follows them: paths, names of forks and settings.
final class ChatCompleter implements Completer {
    /// More entries of a folder help nobody.
    private static final int MOST_FILES = 5_000;

    private final Supplier<Set<String>> forks;

    ChatCompleter(Supplier<Set<String>> forks) {
        this.forks = forks;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (line.wordIndex() == 0) {
            if (line.line().isEmpty() || line.line().startsWith("/")) {
                for (SlashCommand command : SlashCommand.values()) {
                    candidates.add(candidate(command.word(), command.word(), command.help(), true));
                }
            }
            return;
        }
        Optional<SlashCommand> command = SlashCommand.of(line.words().getFirst());
        if (command.isEmpty()) {
            return;
        }
        switch (command.get().arguments()) {
            case FILES -> files(line.word(), candidates);
            case FORK -> words(forks.get(), candidates);
            case SETTING -> {
                if (line.wordIndex() == 1) {
                    words(ChatSettings.names(), candidates);
                }
            }
            case ON_OFF -> words(List.of("on", "off"), candidates);
            case TEXT -> {}
        }
    }

    private static void words(Collection<String> words, List<Candidate> candidates) {
        words.stream().sorted().forEach(word -> candidates.add(candidate(word, word, null, true)));
    }

    private static void files(String typed, List<Candidate> candidates) {
        int slash = typed.lastIndexOf('/') + 1;
        String before = typed.substring(0, slash);
        boolean hidden = typed.substring(slash).startsWith(".");
        Path folder;
        try {
            folder = UserPath.of(before.isEmpty() ? "." : before);
        } catch (Failure e) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            int count = 0;
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (isShowable(name) && (hidden || !name.startsWith("."))) {
                    String end = Files.isDirectory(file) ? "/" : "";
                    candidates.add(candidate(before + name + end, name + end, null, end.isEmpty()));
                    if (++count == MOST_FILES) {
                        return;
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // a folder that is none, or may not be read, completes to nothing
        }
    }

    /// Whoever named a file may want to steer the terminal that shows its name.
    private static boolean isShowable(String name) {
        return name.codePoints().noneMatch(Character::isISOControl);
    }

    private static Candidate candidate(String value, String shown, @Nullable String description, boolean complete) {
        return new Candidate(value, shown, null, description, null, null, complete);
    }
}
