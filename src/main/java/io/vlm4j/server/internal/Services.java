package io.vlm4j.server.internal;

import io.vlm4j.model.Model;
import io.vlm4j.prompt.ReasoningFormat;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.server.ServedModel;
import io.vlm4j.server.ServerOptions;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.http.Head;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.media.MediaFetcher;
import io.vlm4j.server.internal.media.RequestMedia;
import java.util.List;
import java.util.function.Function;

/// What all APIs need.
///
/// @param name    of the model, in every answer
/// @param started when the server did, in seconds since 1970
/// @param callers whom a request is for
public record Services(
        ServedModel served,
        ServerOptions options,
        String name,
        long started,
        Answerer answerer,
        SamplingReader sampling,
        MediaFetcher fetcher,
        Function<Head, String> callers) {
    public Model model() {
        return served.scheduler().model();
    }

    /// For the pictures and sounds of one request.
    public RequestMedia media() {
        return new RequestMedia(served.scheduler().projector(), options.limits(), fetcher);
    }

    /// Has a question answered; see [Answerer#answer].
    public void answer(Question question, Exchange exchange, AnswerListener listener) {
        answerer.answer(question, callers.apply(exchange.head()), exchange, listener);
    }

    /// @throws Fault when there are tools, and the template cannot tell the model of them
    public void requireTools(List<ToolDefinition> tools, String path) {
        if (!tools.isEmpty() && !served.template().supports("supports_tools")) {
            throw Fault.of(path, path + " cannot be used: this model's chat template knows no tools");
        }
    }

    public ReasoningFormat reasoningFormat() {
        return options.reasoningFormat();
    }
}
