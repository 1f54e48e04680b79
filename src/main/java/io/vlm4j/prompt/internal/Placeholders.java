package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.Media;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Carries media and dangerous texts through a chat template, which knows only one long text.
///
/// Pictures and sounds travel as markers. A user's text that spells a special token travels as a placeholder and comes
/// out as plain text, so that the tokenizer may parse special tokens everywhere else. Both carry a random number
/// that no user can guess. Everything else goes through the template as it is, which keeps the rendering identical
/// to llama.cpp's own.
final class Placeholders {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String nonce = HexFormat.of().toHexDigits(RANDOM.nextLong());
    private final SteeringTexts steering;
    private final List<Media> media = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    Placeholders(SteeringTexts steering) {
        this.steering = steering;
    }

    /// The marker that stands for a picture or a sound.
    String marker(Media part) {
        media.add(part);
        return "<__media_" + nonce + "_" + (media.size() - 1) + "__>"; // begins and ends like mtmd's own marker
    }

    /// Texts of a message, with everything that spells a special token replaced; also where it is spread over
    /// several texts that follow each other, as templates join those.
    List<String> protect(List<Content.Text> run) {
        String joined = run.stream().map(Content.Text::text).collect(Collectors.joining());
        List<int[]> spans = new ArrayList<>();
        steering.spellings()
                .ifPresent(pattern -> pattern.matcher(joined)
                        .results()
                        .forEach(match -> spans.add(new int[] {match.start(), match.end()})));
        List<String> result = new ArrayList<>();
        int offset = 0;
        for (Content.Text content : run) {
            result.add(protect(content.text(), offset, spans));
            offset += content.text().length();
        }
        return result;
    }

    /// One text by itself.
    String protect(String text) {
        return protect(List.of(new Content.Text(text))).getFirst();
    }

    private String protect(String text, int offset, List<int[]> spans) {
        StringBuilder result = new StringBuilder();
        int done = 0;
        for (int[] span : spans) {
            int start = Math.max(span[0] - offset, 0);
            int end = Math.min(span[1] - offset, text.length());
            if (start < end) {
                result.append(text, done, start);
                texts.add(text.substring(start, end));
                result.append("[plain-")
                        .append(nonce)
                        .append('-')
                        .append(texts.size() - 1)
                        .append(']');
                done = end;
            }
        }
        return result.append(text, done, text.length()).toString();
    }

    /// Cuts the rendered text at markers and placeholders.
    ///
    /// @throws Vlm4jException.InvalidTemplate when a picture or a sound was left out or came twice
    List<Prompt.Part> takeApart(String rendered) {
        Matcher matcher = Pattern.compile("<__media_%1$s_(\\d{1,9})__>|\\[plain-%1$s-(\\d{1,9})]".formatted(nonce))
                .matcher(rendered);
        List<Prompt.Part> parts = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        int done = 0;
        while (matcher.find()) {
            addMarkup(rendered.substring(done, matcher.start()), parts);
            String medium = matcher.group(1);
            if (medium == null) {
                addPlain(texts.get(Integer.parseInt(matcher.group(2))), parts);
            } else {
                int index = Integer.parseInt(medium);
                if (!seen.add(index)) {
                    throw new Vlm4jException.InvalidTemplate("the chat template repeats " + media.get(index));
                }
                parts.add(Prompt.Part.of(media.get(index)));
            }
            done = matcher.end();
        }
        addMarkup(rendered.substring(done), parts);
        if (seen.size() != media.size()) {
            throw new Vlm4jException.InvalidTemplate("the chat template leaves out " + (media.size() - seen.size())
                    + " of " + media.size() + " pictures and sounds");
        }
        return parts;
    }

    /// A text that the tokenizer would find all the same is tokenized in two pieces, in which it is not.
    private void addPlain(String text, List<Prompt.Part> parts) {
        if (steering.alwaysRecognised().contains(text)) {
            parts.add(new Prompt.PlainText(text.substring(0, 1)));
            parts.add(new Prompt.PlainText(text.substring(1)));
        } else {
            parts.add(new Prompt.PlainText(text));
        }
    }

    private static void addMarkup(String text, List<Prompt.Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Prompt.Markup(text));
        }
    }
}
