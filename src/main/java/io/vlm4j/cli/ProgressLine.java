package io.vlm4j.cli;

import io.vlm4j.model.LoadListener;
import java.time.Duration;

/// One line on a terminal that says what is going on and goes away again. Does nothing where it is not wanted.
final class ProgressLine {
    private static final Duration NOT_WORTH_TELLING = Duration.ofMillis(300);
    private static final String ERASE = "\r\u001b[K";
    private static final String CUT_AT_EDGE = "\u001b[?7l";
    private static final String WRAP_AT_EDGE = "\u001b[?7h";
    private static final int FITS_ANYWHERE = 20;

    private final Output err;
    private final boolean wanted;
    private String shown = "";

    ProgressLine(Output err, boolean wanted) {
        this.err = err;
        this.wanted = wanted;
    }

    void show(String text) {
        if (wanted && !text.equals(shown)) {
            err.control(ERASE);
            if (text.length() <= FITS_ANYWHERE) {
                err.print(text);
            } else { // a second line on a narrow screen would stay
                err.control(CUT_AT_EDGE);
                err.print(text);
                err.control(WRAP_AT_EDGE);
            }
            err.flush();
            shown = text;
        }
    }

    void clear() {
        if (!shown.isEmpty()) {
            err.control(ERASE);
            err.flush();
            shown = "";
        }
    }

    /// Tells how far loading has come, once it takes noticeably long, and ends it when the user wants to leave.
    LoadListener loading(Object what, Interruption interruption) {
        long start = System.nanoTime();
        return fraction -> {
            if (System.nanoTime() - start > NOT_WORTH_TELLING.toNanos()) {
                show("loading " + (int) (fraction * 100) + "% of " + what);
            }
            return !interruption.isRequested();
        };
    }
}
