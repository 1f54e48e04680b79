package io.vlm4j.generation;

/// What a generation took, in tokens.
///
/// @param promptTokens      of the whole prompt, pictures and sounds included
/// @param imageTokens       of the pictures and sounds alone
/// @param reusedTokens      of the prompt that the context remembered already
/// @param cachedImageTokens of the media that the context did not remember, but the projector's cache did
/// @param completionTokens  that were chosen, the one that ended the turn included
public record Usage(int promptTokens, int imageTokens, int reusedTokens, int cachedImageTokens, int completionTokens) {
    public int totalTokens() {
        return promptTokens + completionTokens;
    }
}
