package io.vlm4j.scheduling;

/// What a scheduler has to do at the moment, and has done so far.
///
/// @param slots           there are
/// @param running         slots that are taken
/// @param waiting         generations that wait for a slot
/// @param finished        generations that ended, however they did
/// @param cancelled       of them, those that were cancelled
/// @param failed          of them, those that failed
/// @param refused         generations that were refused because too many waited
/// @param promptTokens    that were asked for
/// @param reusedTokens    of them, those that were not evaluated because a slot or another's prompt had them
/// @param generatedTokens so far
/// @param imagesEncoded   pictures and sounds that went through the encoder
/// @param imagesCached    pictures and sounds that were there already
/// @param cells           of the context's memory that are taken
/// @param contextLength   cells of the context's memory
public record SchedulerStatus(
        int slots,
        int running,
        int waiting,
        long finished,
        long cancelled,
        long failed,
        long refused,
        long promptTokens,
        long reusedTokens,
        long generatedTokens,
        long imagesEncoded,
        long imagesCached,
        int cells,
        int contextLength) {}
