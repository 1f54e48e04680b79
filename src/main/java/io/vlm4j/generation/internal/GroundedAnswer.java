package io.vlm4j.generation.internal;

import io.vlm4j.graph.Grounding;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.prompt.Prompt;
import java.util.Optional;
import java.util.stream.Collectors;

/// The places that a KOSMOS-2 names are special tokens, which an answer's text does not show; here they are read.
///
/// @param before the prompt's text
record GroundedAnswer(TokenizerImpl tokenizer, String before) {
    private static final String ARCHITECTURE = "kosmos2";

    /// @return empty for models that name no places
    static Optional<GroundedAnswer> of(Model model, Prompt prompt) {
        if (!model.architecture().equals(ARCHITECTURE)) {
            return Optional.empty();
        }
        TokenizerImpl tokenizer = (TokenizerImpl) model.tokenizer();
        String text = prompt.parts().stream()
                .map(part -> switch (part) {
                    case Prompt.Markup markup -> markup.text();
                    case Prompt.PlainText plain -> plain.text();
                    case Prompt.Tokens tokens ->
                        tokenizer.decode(
                                tokens.ids().stream()
                                        .mapToInt(Integer::intValue)
                                        .toArray(),
                                false);
                    case Prompt.Image _, Prompt.Audio _ -> "";
                })
                .collect(Collectors.joining());
        return Optional.of(new GroundedAnswer(tokenizer, text));
    }

    /// @param tokens of the answer, `count` of them
    Grounding grounding(int[] tokens, int count) {
        TextAssembler assembler = new TextAssembler();
        StringBuilder text = new StringBuilder(before);
        for (int i = 0; i < count && !tokenizer.isEndOfGeneration(tokens[i]); i++) {
            text.append(assembler.add(tokenizer.specialPiece(tokens[i])));
        }
        return Grounding.parse(text.append(assembler.end()).toString());
    }
}
