package io.vlm4j.media.internal;

/// What becomes of the bytes of a picture's channels before a model computes with them: scaled in double precision,
/// rounded, and then normalised in single precision, as transformers does.
///
/// @param rescaleFactor what bytes are multiplied with
/// @param mean          of each channel, subtracted after that
/// @param deviation     of each channel, divided by after that
@SuppressWarnings("ArrayRecordComponent") // never changed
public record PixelScale(double rescaleFactor, float[] mean, float[] deviation) {
    /// The usual factor.
    public static final double RESCALE_FACTOR = 1 / 255.0;

    /// The number for a byte, or for what lies between two.
    public float of(int channel, double value) {
        return ((float) (value * rescaleFactor) - mean[channel]) / deviation[channel];
    }

    /// The numbers of all bytes.
    public float[] table(int channel) {
        float[] values = new float[256];
        for (int value = 0; value < values.length; value++) {
            values[value] = of(channel, value);
        }
        return values;
    }

    /// Pixels of 3 bytes as three planes of numbers.
    ///
    /// @param out   where the planes are written
    /// @param start of the first plane in `out`
    public void planes(byte[] pixels, float[] out, int start) {
        int plane = pixels.length / Rows.CHANNELS;
        for (int channel = 0; channel < Rows.CHANNELS; channel++) {
            float[] values = table(channel);
            for (int i = 0; i < plane; i++) {
                out[start + channel * plane + i] = values[pixels[i * Rows.CHANNELS + channel] & 0xFF];
            }
        }
    }
}
