package io.vlm4j.prompt.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a template of LLaVA's kind does with a message: it writes all of its pictures, and then all of its texts. The
/// template engine never sees pictures, only texts with markers in them, so that the message is put into this order
/// before.
///
/// @param before  what is written before a picture
/// @param after   what is written behind a picture
/// @param between what is written behind a text that another follows
record ImagesFirst(String before, String after, String between) {
    private static final String STRING = "'((?:[^'\\\\]|\\\\.)*)'";
    private static final Pattern IMAGES = loop("image", "\\{\\{-?\\s*" + STRING + "\\s*-?}}");
    private static final Pattern TEXTS =
            loop("text", "\\{\\{-?\\s*\\w+(?:\\['text']|\\.text)\\s*(?:\\+\\s*" + STRING + "\\s*)?-?}}");
    private static final Pattern TOKEN = Pattern.compile("<image>|\\[IMG]|<\\|image\\|>|<image_soft_token>");

    /// A loop over the parts of one type.
    private static Pattern loop(String type, String body) {
        String filter =
                "\\{%-?\\s*for\\s+\\w+\\s+in\\s+\\w+(?:\\['content']|\\.content)\\s*\\|\\s*selectattr\\(\\s*'type'"
                        + "\\s*,\\s*'(?:equalto|eq|==)'\\s*,\\s*'" + type + "'\\s*\\)\\s*-?%}\\s*";
        return Pattern.compile(filter + "(?:\\{%-?\\s*generation\\s*-?%})?\\s*" + body
                + "\\s*(?:\\{%-?\\s*(?:end)?generation\\s*-?%})?" + "\\s*\\{%-?\\s*endfor");
    }

    /// What the source of a template says; empty when it leaves pictures where they are.
    static Optional<ImagesFirst> of(String template) {
        String source = template.replace('"', '\'');
        Matcher images = IMAGES.matcher(source);
        if (!images.find()) {
            return Optional.empty();
        }
        Matcher texts = TEXTS.matcher(source);
        String written = unescaped(images.group(1));
        Matcher token = TOKEN.matcher(written);
        if (!texts.find(images.end()) || !token.find()) {
            return Optional.empty();
        }
        String between = texts.group(1) == null ? "" : unescaped(texts.group(1));
        return Optional.of(
                new ImagesFirst(written.substring(0, token.start()), written.substring(token.end()), between));
    }

    private static String unescaped(String literal) {
        return literal.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
    }
}
