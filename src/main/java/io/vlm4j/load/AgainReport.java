package io.vlm4j.load;

/// Medians of the time to the first token, in nanoseconds.
///
/// @param cold of pictures that the server had not seen
/// @param warm of the same pictures with the same questions again
public record AgainReport(long cold, long warm) {
    /// How many times sooner the second answer begins.
    public double gain() {
        return warm == 0 ? Double.NaN : (double) cold / warm;
    }
}
