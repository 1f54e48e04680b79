package io.vlm4j.processing;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.internal.ProcessorImpl;
import io.vlm4j.prompt.Prompt;
import java.util.List;
import java.util.stream.Stream;

/// Makes the input of a forward pass of text and pictures, as transformers' processors do: ids with the image token
/// repeated for every row of a picture, a mask, positions, pixel values, and labels for answers.
///
/// {@snippet class="io.vlm4j.snippets.ProcessingSnippets" region="batch"}
///
/// Texts are tokenized as everywhere in vlm4j: BOS comes first when the model is configured so and the prompt says
/// [Prompt#addSpecial()]. A conversation becomes a prompt through [io.vlm4j.prompt.ChatTemplate#render].
///
/// Positions are transformers': they count what is there and skip padding. Models with M-RoPE get three axes (time,
/// height, width) as soon as a picture is in the batch.
///
/// - **Owner**: it owns nothing; it is valid as long as its model and projector are open.
/// - **Threads**: immutable and thread-safe.
public sealed interface Processor permits ProcessorImpl {
    /// For text alone.
    static Processor of(Model model) {
        return of(model, ProcessorOptions.defaults());
    }

    /// For text alone.
    ///
    /// @throws IllegalArgumentException when a token of the options is not in the vocabulary
    static Processor of(Model model, ProcessorOptions options) {
        return ProcessorImpl.create(model, options);
    }

    /// For text and pictures.
    ///
    /// @throws Vlm4jException.InvalidFile when the projector's metadata makes no sense
    /// @throws IllegalArgumentException when its tower takes neither squares of one size, see
    ///     [ImageProcessor#of(io.vlm4j.gguf.GgufFile)], nor tiles that are merged, see [io.vlm4j.model.Tiling]
    static Processor of(Projector projector) {
        return of(projector, ProcessorOptions.defaults());
    }

    /// For text and pictures.
    ///
    /// @throws Vlm4jException.InvalidFile when the projector's metadata makes no sense
    /// @throws IllegalArgumentException when its tower does not take squares of one size and the options do not say how
    ///     pictures are prepared, or when a token of the options is not in the vocabulary
    static Processor of(Projector projector, ProcessorOptions options) {
        return ProcessorImpl.create(projector, options);
    }

    /// The text model.
    Model model();

    /// How pictures are prepared; where they are cut into tiles ([io.vlm4j.model.Tiling]), how the first tile is made,
    /// which is all of the picture.
    ///
    /// @throws IllegalStateException when it is a processor for text alone
    ImageProcessor images();

    /// The id that marks image positions.
    int imageToken();

    /// The id that shorter examples are filled up with.
    int paddingToken();

    /// One prompt, without labels.
    ///
    /// @throws IllegalArgumentException as [#process(List)]
    /// @throws Vlm4jException.InvalidMedia as [#process(List)]
    default ForwardInput process(Prompt prompt) {
        return process(List.of(new Example(prompt)));
    }

    /// Markup in which each [Prompt#IMAGE_MARKER] stands for the next of the pictures.
    ///
    /// @throws IllegalArgumentException when there are more or fewer markers than pictures, and as [#process(List)]
    /// @throws Vlm4jException.InvalidMedia as [#process(List)]
    default ForwardInput process(String markup, ImageInput... images) {
        return process(Prompt.parse(markup, images));
    }

    /// A prompt and its answer, with labels.
    ///
    /// @throws IllegalArgumentException as [#process(List)]
    /// @throws Vlm4jException.InvalidMedia as [#process(List)]
    default ForwardInput process(Example... examples) {
        return process(Stream.of(examples).toList());
    }

    /// A batch. Its pictures follow each other example by example. There are labels when one of the examples has an
    /// answer: its tokens count, and everything else does not. A token that holds the end of the prompt and the
    /// beginning of the answer counts.
    ///
    /// @throws IllegalArgumentException when the batch is empty or too large for arrays, holds sounds, or a text spells
    ///     the image token where no picture is
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be decoded, is over its limits or too large, or
    ///     nothing is there to see it
    ForwardInput process(List<Example> examples);

    /// The texts of a batch, without what its mask hides.
    ///
    /// @param skipSpecial leave special tokens and image positions out instead of writing them
    List<String> decode(ForwardInput input, boolean skipSpecial);

    /// As [io.vlm4j.model.Tokenizer#decode(int[], boolean)] for many. Image tokens that are not in the vocabulary are
    /// written as
    /// [Prompt#IMAGE_MARKER].
    ///
    /// @throws IllegalArgumentException for an id outside of the vocabulary
    List<String> decode(List<int[]> ids, boolean skipSpecial);
}
