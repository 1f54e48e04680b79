package io.vlm4j.processing;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.BadRow;
import io.vlm4j.dataset.OnBadRow;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.processing.internal.Collation;
import io.vlm4j.prompt.ChatTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// Makes batches to train or to evaluate on of conversations with pictures: what TRL calls a data collator for vision
/// language modeling.
///
/// {@snippet class="io.vlm4j.snippets.DatasetSnippets" region="collate"}
///
/// Each conversation is written by the chat template without the beginning of another answer, and made into ids, pixel
/// values and positions by the [Processor], on whose side the padding is. Labels are the ids themselves, and
/// [ForwardInput#IGNORED] on padding and on image positions. (TRL masks padding alone; [Labels#everything] gives that.)
///
/// With [CollatorOptions#assistantOnly()], labels are what the assistant says: each token that holds a character
/// between what the template writes to ask for an answer and the end of that answer, the token that ends the turn
/// included (`</s>`, `<|im_end|>`) and nothing behind it. Where a template ends turns without such a token, all that it
/// writes for the answer belongs to it, such as the space behind it and with it a token that the space begins.
/// These are the tokens of transformers' `{% generation %}` marks, but for templates that mark less than the model
/// has to write: llava-hf asks with `ASSISTANT:` and marks from behind the space on, which counts here.
///
/// An example longer than [CollatorOptions#maxLength()] keeps its beginning. A picture that would be cut is left out,
/// and all that is behind it. An example is unusable when no label is left that can be predicted, a picture cannot be
/// decoded, or the template refuses it.
///
/// - **Owner**: it owns nothing; it is valid as long as processor and template are.
/// - **Threads**: immutable and thread-safe.
public final class VisionDataCollator {
    private final Collation collation;
    private final CollatorOptions options;
    private final AtomicLong unusable = new AtomicLong();

    private VisionDataCollator(Processor processor, ChatTemplate template, CollatorOptions options) {
        this.collation = new Collation(processor, template, options);
        this.options = options;
    }

    public static VisionDataCollator of(Processor processor, ChatTemplate template, CollatorOptions options) {
        return new VisionDataCollator(processor, template, options);
    }

    /// One batch, padded to its longest example. The pictures of all examples follow each other.
    ///
    /// @return empty when every example was unusable and left out
    /// @throws InvalidFile naming file and row of an example that is unusable, when these are not to be left out
    /// @throws IllegalArgumentException for an empty batch, or one that is too large for arrays
    public Optional<ForwardInput> collate(List<VisionExample> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("a batch needs one example at least");
        }
        List<Collation.Collated> usable = new ArrayList<>();
        for (VisionExample example : examples) {
            try {
                usable.add(collation.collate(example));
            } catch (Vlm4jException.InvalidMedia | Vlm4jException.InvalidTemplate | Vlm4jException.InvalidAnswer e) {
                refuse(example, e);
            }
        }
        return usable.isEmpty() ? Optional.empty() : Optional.of(collation.batch(usable));
    }

    private void refuse(VisionExample example, Vlm4jException cause) {
        BadRow row = new BadRow(example.origin().file(), example.origin().row(), String.valueOf(cause.getMessage()));
        options.unusable().onBadRow(row, unusable.incrementAndGet());
        if (options.onUnusable() == OnBadRow.FAIL) {
            throw new InvalidFile(row.toString(), cause);
        }
    }
}
