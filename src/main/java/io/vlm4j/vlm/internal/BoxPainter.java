package io.vlm4j.vlm.internal;

import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Paints boxes and names into pixels.
public final class BoxPainter {
    private static final int CHANNELS = 3;
    private static final int LETTERS_PER_SIDE = 480; // of a picture as high as this letters are of single dots
    private static final int LINES_PER_SIDE = 240;
    private static final int LONGEST_NAME = 40;
    private static final int DARK = 0x101010;

    /// Okabe and Ito's colours, which colour-blind people can tell apart too, the lightest first; they begin anew when
    /// they are used up.
    private static final int[] COLOURS = {0xF0E442, 0x56B4E9, 0xE69F00, 0x009E73, 0xCC79A7, 0xD55E00, 0x0072B2};

    private final byte[] pixels;
    private final int width;
    private final int height;
    private final int line; // thickness
    private final int dot; // of letters
    private final List<int[]> names = new ArrayList<>(); // left, top, right, bottom of those that are drawn

    private BoxPainter(byte[] pixels, int width, int height) {
        this.pixels = pixels;
        this.width = width;
        this.height = height;
        int side = Math.min(width, height);
        this.line = Math.max(2, side / LINES_PER_SIDE);
        this.dot = Math.max(1, Math.round((float) side / LETTERS_PER_SIDE));
    }

    /// See [io.vlm4j.vlm.GroundedPicture#draw].
    public static ImageInput draw(ImageInput picture, List<Entity> entities) {
        try (Pixels decoded = picture.decode()) {
            byte[] copy = decoded.segment().toArray(ValueLayout.JAVA_BYTE);
            BoxPainter drawn = new BoxPainter(copy, decoded.width(), decoded.height());
            for (int i = 0; i < entities.size(); i++) {
                for (Box box : entities.get(i).boxes()) {
                    drawn.box(box, COLOURS[i % COLOURS.length]);
                }
            }
            for (int i = 0; i < entities.size(); i++) {
                for (Box box : entities.get(i).boxes()) {
                    drawn.name(entities.get(i).label(), box, COLOURS[i % COLOURS.length]);
                }
            }
            return ImageInput.ofRgb(decoded.width(), decoded.height(), MemorySegment.ofArray(copy));
        }
    }

    private int x(double share) {
        return (int) Math.round(share * (width - 1));
    }

    private int y(double share) {
        return (int) Math.round(share * (height - 1));
    }

    /// A frame with a dark rim, which is seen on any ground.
    private void box(Box box, int colour) {
        frame(box, line + 2, DARK, -1);
        frame(box, line, colour, 0);
    }

    private void frame(Box box, int thickness, int colour, int out) {
        int left = x(box.left()) + out;
        int top = y(box.top()) + out;
        int right = x(box.right()) - out;
        int bottom = y(box.bottom()) - out;
        fill(left, top, right, top + thickness - 1, colour);
        fill(left, bottom - thickness + 1, right, bottom, colour);
        fill(left, top, left + thickness - 1, bottom, colour);
        fill(right - thickness + 1, top, right, bottom, colour);
    }

    /// A plate with the name above the box, or inside where there is no room, or further down where another is.
    private void name(String label, Box box, int colour) {
        String text = label.length() > LONGEST_NAME ? label.substring(0, LONGEST_NAME - 1) + "." : label;
        int advance = (Glyphs.WIDTH + 1) * dot;
        int wide = text.length() * advance + 2 * dot;
        int high = (Glyphs.HEIGHT + 2) * dot;
        int left = Math.clamp(x(box.left()), 0, Math.max(0, width - wide));
        int top = y(box.top()) - high;
        if (top < 0) {
            top = y(box.top()) + line;
        }
        while (isTaken(left, top, left + wide, top + high) && top + 2 * high < height) {
            top += high;
        }
        names.add(new int[] {left, top, left + wide, top + high});
        fill(left, top, left + wide - 1, top + high - 1, colour);
        int ink = brightness(colour) > 110 ? DARK : 0xFFFFFF;
        for (int i = 0; i < text.length(); i++) {
            letter(text.charAt(i), left + dot + i * advance, top + dot, ink);
        }
    }

    private static int brightness(int colour) {
        return ((colour >> 16 & 0xFF) * 299 + (colour >> 8 & 0xFF) * 587 + (colour & 0xFF) * 114) / 1000;
    }

    private boolean isTaken(int left, int top, int right, int bottom) {
        return names.stream().anyMatch(name -> left < name[2] && name[0] < right && top < name[3] && name[1] < bottom);
    }

    private void letter(char letter, int left, int top, int ink) {
        for (int y = 0; y < Glyphs.HEIGHT; y++) {
            for (int x = 0; x < Glyphs.WIDTH; x++) {
                if (Glyphs.isSet(letter, x, y)) {
                    int dotLeft = left + x * dot;
                    int dotTop = top + y * dot;
                    fill(dotLeft, dotTop, dotLeft + dot - 1, dotTop + dot - 1, ink);
                }
            }
        }
    }

    /// Both ends inclusive; what lies beside the picture is left out.
    private void fill(int left, int top, int right, int bottom, int colour) {
        for (int y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++) {
            for (int x = Math.max(0, left); x <= Math.min(width - 1, right); x++) {
                int at = (y * width + x) * CHANNELS;
                pixels[at] = (byte) (colour >> 16);
                pixels[at + 1] = (byte) (colour >> 8);
                pixels[at + 2] = (byte) colour;
            }
        }
    }
}
