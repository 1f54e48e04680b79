package io.vlm4j.isolation.internal;

import io.vlm4j.Vlm4jException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;

/// An exception on its way to the application: the same type, text and details, without its stack.
///
/// @param type    simple name of its class
/// @param text    what there was of an answer, or the assertion
/// @param file    of an assertion
/// @param line    of an assertion
/// @param log     what native code logged last
record WireFailure(String type, String message, String text, String file, int line, List<String> log) {
    static WireFailure of(Throwable failure) {
        String message = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        String type = failure.getClass().getSimpleName();
        return switch (failure) {
            case Vlm4jException.InvalidAnswer cut -> new WireFailure(type, message, cut.answer(), "", 0, List.of());
            case Vlm4jException.NativeAbort abort ->
                new WireFailure(type, message, abort.assertion(), abort.file(), abort.line(), abort.log());
            case Vlm4jException other -> new WireFailure(type, message, "", "", 0, List.of());
            case IllegalArgumentException misuse ->
                new WireFailure("IllegalArgumentException", message, "", "", 0, List.of());
            case IllegalStateException misuse ->
                new WireFailure("IllegalStateException", message, "", "", 0, List.of());
            case NoSuchElementException misuse ->
                new WireFailure("NoSuchElementException", message, "", "", 0, List.of());
            case UncheckedIOException io -> new WireFailure("UncheckedIOException", message, "", "", 0, List.of());
            case OutOfMemoryError memory ->
                new WireFailure(
                        "Inference",
                        "the isolated process has no Java heap left (IsolationOptions.heapMegabytes): " + message,
                        "",
                        "",
                        0,
                        List.of());
            default -> new WireFailure("Inference", "in the isolated process: " + failure, "", "", 0, List.of());
        };
    }

    RuntimeException exception() {
        return switch (type) {
            case "NativeLoad" -> new Vlm4jException.NativeLoad(message, null);
            case "InvalidFile" -> new Vlm4jException.InvalidFile(message);
            case "ModelLoad" -> new Vlm4jException.ModelLoad(message);
            case "InvalidMedia" -> new Vlm4jException.InvalidMedia(message);
            case "InvalidTemplate" -> new Vlm4jException.InvalidTemplate(message);
            case "InvalidAnswer" -> new Vlm4jException.InvalidAnswer(message, text, null);
            case "InvalidGrammar" -> new Vlm4jException.InvalidGrammar(message);
            case "ContextFull" -> new Vlm4jException.ContextFull(message);
            case "Overloaded" -> new Vlm4jException.Overloaded(message);
            case "DeadlineExceeded" -> new Vlm4jException.DeadlineExceeded(message);
            case "NativeAbort" -> new Vlm4jException.NativeAbort(message, text, file, line, log);
            case "Cancelled" -> new Vlm4jException.Cancelled(message);
            case "IllegalArgumentException" -> new IllegalArgumentException(message);
            case "IllegalStateException" -> new IllegalStateException(message);
            case "NoSuchElementException" -> new NoSuchElementException(message);
            case "UncheckedIOException" -> new UncheckedIOException(new IOException(message));
            default -> new Vlm4jException.Inference(message);
        };
    }
}
