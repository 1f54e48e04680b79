package io.vlm4j.model.internal;

/// A picture or a sound of a prompt, or a part of one, ready to be encoded ([OpenProjector#encode(PreparedMedium,
/// String)]) and, once it is, to be evaluated. Valid as long as the prompt is open.
public sealed interface PreparedMedium permits LlamaMedium, PatchedPicture {
    /// Rows of its encoding, and cells that they take.
    int tokens();

    int positions();

    /// What it is, for the cache of encodings.
    String kind();

    /// Whether its rows may be evaluated a few at a time; if not, they see each other in both directions.
    boolean isCausal(OpenProjector projector);

    /// Where a medium goes in a context.
    ///
    /// @param position of its first row
    record Place(int position, int sequence) {}
}
