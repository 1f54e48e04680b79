package io.vlm4j.load;

import java.util.List;
import java.util.Optional;

/// One answer as its client saw it. Times are nanoseconds.
///
/// @param firstToken  from sending the request to the first text
/// @param gaps        between one piece of text and the next
/// @param total       from sending the request to the end
/// @param promptTokens     as the server counts them; 0 when it does not
/// @param completionTokens as the server counts them; pieces of text when it does not
/// @param failure     why there is no answer
record Sample(
        boolean picture,
        long firstToken,
        List<Long> gaps,
        long total,
        int promptTokens,
        int completionTokens,
        Optional<String> failure) {
    static Sample failed(boolean picture, String why) {
        return new Sample(picture, 0, List.of(), 0, 0, 0, Optional.of(why));
    }
}
