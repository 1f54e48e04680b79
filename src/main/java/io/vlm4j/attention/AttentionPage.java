package io.vlm4j.attention;

import io.vlm4j.attention.internal.Overlay;
import io.vlm4j.media.ImageInput;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// An HTML page that shows an answer word by word beside the picture: one file, which loads nothing from elsewhere.
public final class AttentionPage {
    private static final List<String> ACROSS = List.of("left", "", "right");
    private static final List<String> DOWN = List.of("top", "", "bottom");
    private static final String STYLE = """
            :root { color-scheme: light dark; }
            body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
              background: light-dark(#fff, #14161c); color: light-dark(#1c1f26, #e6e8ee); }
            h1 { font-size: 1.25rem; margin: 0; }
            p { margin: .25rem 0 1rem; }
            .note { color: light-dark(#5b6170, #a2a9b8); font-size: .875rem; }
            ol { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 1.25rem;
              grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
            figure { margin: 0; }
            img { display: block; width: 100%; height: auto; border-radius: .5rem; }
            figcaption { margin-top: .375rem; overflow-wrap: anywhere; }
            .key { display: flex; align-items: center; gap: .5rem; }
            .ramp { height: .5rem; width: 10rem; border-radius: .25rem;
              background: linear-gradient(90deg, #101848, #682488, #dc4c60, #ffa840, #fff0a0); }
            @media (max-width: 30rem) {
              body { margin: 1rem auto; }
              ol { gap: .75rem; grid-template-columns: 1fr 1fr; }
            }
            """;

    private final StringBuilder html = new StringBuilder();

    private AttentionPage() {}

    /// @param picture     that was asked about
    /// @param description of how the maps were made, a line of text
    /// @param longestSide of the pictures, in pixels
    /// @return the page's text, in which every text from outside is escaped
    public static String of(
            AttendedAnswer answer, ImageInput picture, String question, String description, int longestSide) {
        AttentionPage page = new AttentionPage();
        page.head(question, answer.generation().text(), description);
        page.figure(Overlay.plain(picture, longestSide), "the picture that was asked about", "the picture", "");
        for (WordAttention word : answer.words()) {
            String share = String.format(Locale.ROOT, "%.0f %% on the picture", 100 * word.imageShare());
            page.figure(
                    word.map().over(picture, longestSide),
                    "heat map for the word \u201c" + word.text() + "\u201d: brightest " + place(word.map()),
                    word.text(),
                    share);
        }
        page.html.append("</ol>\n</body>\n</html>\n");
        return page.html.toString();
    }

    private void head(String question, String answer, String description) {
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta http-equiv=\"Content-Security-Policy\"")
                .append(" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n<title>")
                .append(escaped(answer))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>")
                .append(escaped(question))
                .append("</h1>\n<p>")
                .append(escaped(answer))
                .append("</p>\n<div class=\"key note\">little <div class=\"ramp\" role=\"img\"")
                .append(" aria-label=\"colours from little to much attention\"></div> much</div>\n<p class=\"note\">")
                .append(escaped(description))
                .append("</p>\n<ol>\n");
    }

    private void figure(ImageInput image, String alternative, String caption, String note) {
        html.append("<li><figure><img alt=\"")
                .append(escaped(alternative))
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(image.encoded()))
                .append("\"><figcaption>")
                .append(escaped(caption))
                .append(note.isEmpty() ? "" : " <span class=\"note\">" + escaped(note) + "</span>")
                .append("</figcaption></figure></li>\n");
    }

    /// In words, which ninth of the map has most.
    private static String place(Heatmap map) {
        double most = -1;
        String place = "";
        for (int row = 0; row < DOWN.size(); row++) {
            for (int column = 0; column < ACROSS.size(); column++) {
                double mass = map.mass(column / 3.0, row / 3.0, (column + 1) / 3.0, (row + 1) / 3.0);
                if (mass > most) {
                    most = mass;
                    place = (DOWN.get(row) + " " + ACROSS.get(column)).strip();
                }
            }
        }
        return place.isEmpty() ? "in the middle" : "at the " + place;
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.isISOControl(point) ? ' ' : point);
            }
        });
        return escaped.toString();
    }
}
