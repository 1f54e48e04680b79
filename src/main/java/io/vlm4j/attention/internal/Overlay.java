package io.vlm4j.attention.internal;

import io.vlm4j.attention.Heatmap;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Draws a heat map over a picture.
public final class Overlay {
    private static final int CHANNELS = 3;

    /// How much of the colour is put on the picture where nothing is, and how much more at the highest value.
    private static final double LEAST_COVER = 0.35;

    private static final double MORE_COVER = 0.4;

    /// Colours for 0, 1/4, ... 1: each lighter than the one before, so that the map is readable without colours.
    private static final int[][] COLOURS = {
        {16, 24, 72}, {104, 36, 136}, {220, 76, 96}, {255, 168, 64}, {255, 240, 160},
    };

    private final Heatmap map;
    private final double highest;
    private final double scaleX; // pixels of the picture to columns
    private final double scaleY;
    private final double shiftX;
    private final double shiftY;

    private Overlay(Heatmap map, int width, int height) {
        this.map = map;
        double most = 0;
        for (float value : map.values()) {
            most = Math.max(most, value);
        }
        highest = most;
        boolean padded = map.fit() == Heatmap.Fit.PADDED;
        double spanX = padded ? Math.max(width, height) : width;
        double spanY = padded ? Math.max(width, height) : height;
        scaleX = map.columns() / spanX;
        scaleY = map.rows() / spanY;
        shiftX = (spanX - width) / 2;
        shiftY = (spanY - height) / 2;
    }

    /// The picture by itself, as large as with a map over it.
    public static ImageInput plain(ImageInput picture, int longestSide) {
        return paint(Heatmap.of(1, 1, Heatmap.Fit.WHOLE, 0), picture, longestSide, 0);
    }

    /// @return raw pixels of the picture's shape
    public static ImageInput paint(Heatmap map, ImageInput picture, int longestSide) {
        return paint(map, picture, longestSide, 1);
    }

    private static ImageInput paint(Heatmap map, ImageInput picture, int longestSide, double strength) {
        try (Pixels pixels = picture.decode()) {
            double shrink = Math.min(1, (double) longestSide / Math.max(pixels.width(), pixels.height()));
            int width = Math.max(1, (int) Math.round(pixels.width() * shrink));
            int height = Math.max(1, (int) Math.round(pixels.height() * shrink));
            byte[] painted = new byte[Math.multiplyExact(CHANNELS * width, height)];
            new Overlay(map, pixels.width(), pixels.height()).paint(pixels, width, height, strength, painted);
            return ImageInput.ofRgb(width, height, MemorySegment.ofArray(painted));
        }
    }

    private void paint(Pixels pixels, int width, int height, double strength, byte[] painted) {
        int[] colour = new int[CHANNELS];
        double stepX = (double) pixels.width() / width;
        double stepY = (double) pixels.height() / height;
        int out = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double heat = heat((x + 0.5) * stepX, (y + 0.5) * stepY);
                double cover = strength * (LEAST_COVER + MORE_COVER * heat);
                colour(heat, colour);
                for (int channel = 0; channel < CHANNELS; channel++) {
                    double below = average(pixels, x * stepX, y * stepY, (x + 1) * stepX, (y + 1) * stepY, channel);
                    painted[out++] = (byte) Math.round((1 - cover) * below + cover * colour[channel]);
                }
            }
        }
    }

    /// The value at a place of the picture, 1 for the highest.
    private double heat(double x, double y) {
        double column = Math.clamp((x + shiftX) * scaleX - 0.5, 0, map.columns() - 1);
        double row = Math.clamp((y + shiftY) * scaleY - 0.5, 0, map.rows() - 1);
        int left = (int) column;
        int top = (int) row;
        int right = Math.min(left + 1, map.columns() - 1);
        int bottom = Math.min(top + 1, map.rows() - 1);
        double high = between(map.value(left, top), map.value(right, top), column - left);
        double low = between(map.value(left, bottom), map.value(right, bottom), column - left);
        return highest > 0 ? between(high, low, row - top) / highest : 0;
    }

    private static double between(double from, double to, double share) {
        return from + (to - from) * share;
    }

    private static void colour(double heat, int[] colour) {
        double place = heat * (COLOURS.length - 1);
        int below = Math.min((int) place, COLOURS.length - 2);
        for (int channel = 0; channel < CHANNELS; channel++) {
            colour[channel] =
                    (int) Math.round(between(COLOURS[below][channel], COLOURS[below + 1][channel], place - below));
        }
    }

    /// The mean of the pixels that a smaller pixel stands for.
    private static double average(Pixels pixels, double left, double top, double right, double bottom, int channel) {
        int lastX = Math.clamp((int) Math.ceil(right) - 1, (int) left, pixels.width() - 1);
        int lastY = Math.clamp((int) Math.ceil(bottom) - 1, (int) top, pixels.height() - 1);
        long sum = 0;
        int count = 0;
        for (int y = (int) top; y <= lastY; y++) {
            for (int x = (int) left; x <= lastX; x++) {
                long at = ((long) y * pixels.width() + x) * CHANNELS + channel;
                sum += Byte.toUnsignedInt(pixels.segment().get(ValueLayout.JAVA_BYTE, at));
                count++;
            }
        }
        return (double) sum / count;
    }
}
