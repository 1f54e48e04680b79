package io.vlm4j.sampling;

/// Mirostat keeps the surprise of the text near a target (arXiv:2007.14966). It replaces the final draw, so steps
/// before it should not cut much.
///
/// @param version 1 or 2
/// @param tau     target surprise, in nats per token
/// @param eta     how fast the threshold follows
public record Mirostat(int version, float tau, float eta) {
    public Mirostat {
        if (version != 1 && version != 2) {
            throw new IllegalArgumentException("mirostat version must be 1 or 2, not " + version);
        }
        if (!(tau > 0) || !Float.isFinite(tau)) {
            throw new IllegalArgumentException("mirostat tau must be above 0, not " + tau);
        }
        if (!(eta > 0) || !Float.isFinite(eta)) {
            throw new IllegalArgumentException("mirostat eta must be above 0, not " + eta);
        }
    }
}
