package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.RenderedChatImpl;
import java.util.List;

/// A conversation as a prompt, and how the answer to it is constrained and read.
///
/// - **Owner**: whoever rendered it, and behind that its template.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: frees it once; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface RenderedChat extends AutoCloseable permits RenderedChatImpl {
    Prompt prompt();

    /// What llama.cpp calls the format of the answer.
    String format();

    /// The grammar of the answer in GBNF; empty when it is free. It may be in force from the start, or from the
    /// beginning of a tool call on.
    String grammar();

    /// Texts of special tokens that must appear in the answer's text for [#parse] to read it.
    List<String> preservedTokens();

    /// Reads an answer, or the beginning of one, into an assistant's message: reasoning, text and calls of tools.
    /// See [AnswerReader] for answers that are being written.
    ///
    /// @param partial whether more may follow
    /// @throws Vlm4jException.InvalidAnswer when the text is not in the format
    ChatMessage parse(String answer, boolean partial);

    @Override
    void close();
}
