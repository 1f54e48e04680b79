package io.vlm4j;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The root of every failure that vlm4j reports; one final nested class per cause.
///
/// Misuse of the API (a bad argument, a closed handle, a second thread) is not among them: that is an
/// [IllegalArgumentException] or [IllegalStateException] that names the offending value. Whatever is thrown, the
/// JVM and every other object stay usable.
public abstract sealed class Vlm4jException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Vlm4jException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// The native libraries cannot be found, loaded, or are of another version.
    public static final class NativeLoad extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public NativeLoad(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /// A file is not a GGUF or safetensors file, is cut off, or contradicts itself.
    public static final class InvalidFile extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public InvalidFile(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        public InvalidFile(String message) {
            this(message, null);
        }
    }

    /// A model, projector or adapter cannot be loaded: unsupported architecture, wrong partner, not enough memory.
    public static final class ModelLoad extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public ModelLoad(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        public ModelLoad(String message) {
            this(message, null);
        }
    }

    /// A picture (or sound) is damaged, of an unknown format, or over a limit.
    public static final class InvalidMedia extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public InvalidMedia(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        public InvalidMedia(String message) {
            this(message, null);
        }
    }

    /// A chat template does not parse, or refuses the conversation.
    public static final class InvalidTemplate extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public InvalidTemplate(String message) {
            super(message, null);
        }
    }

    /// An answer is not in the format that was asked for, or was cut before it was whole.
    public static final class InvalidAnswer extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        private final String answer;

        public InvalidAnswer(String message) {
            this(message, "", null);
        }

        /// @param answer what there was of the answer
        public InvalidAnswer(String message, String answer, @Nullable Throwable cause) {
            super(message, cause);
            this.answer = answer;
        }

        /// What there was of the answer, as the model wrote it; empty when that is not known.
        public String answer() {
            return answer;
        }
    }

    /// A GBNF grammar, JSON schema or regular expression does not parse, or is too large.
    public static final class InvalidGrammar extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public InvalidGrammar(String message) {
            super(message, null);
        }
    }

    /// A prompt does not fit into the context.
    public static final class ContextFull extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public ContextFull(String message) {
            super(message, null);
        }
    }

    /// Too many requests wait already; try again later.
    public static final class Overloaded extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public Overloaded(String message) {
            super(message, null);
        }
    }

    /// A request's time was over before it had begun.
    public static final class DeadlineExceeded extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public DeadlineExceeded(String message) {
            super(message, null);
        }
    }

    /// The native runtime failed while encoding an image, evaluating tokens or sampling.
    public static final class Inference extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public Inference(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        public Inference(String message) {
            this(message, null);
        }
    }

    /// Native code met a state that it has no answer to: one of its assertions failed, which would end the process if
    /// nobody caught it.
    ///
    /// What it was at work on (a context, a projector, a sampler) may be damaged: any further use is an
    /// [IllegalStateException] with this as its cause. Close it and make another one. All else goes on.
    public static final class NativeAbort extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        private final String assertion;
        private final String file;
        private final int line;
        private final String log;

        /// @param message   what was tried, and the assertion
        /// @param assertion see [#assertion()], as the others are named
        public NativeAbort(String message, String assertion, String file, int line, List<String> log) {
            super(message, null);
            this.assertion = assertion;
            this.file = file;
            this.line = line;
            this.log = String.join("\n", log);
        }

        /// What failed, such as `GGML_ASSERT(n > 0) failed`.
        public String assertion() {
            return assertion;
        }

        /// The native source file, as in the repository of llama.cpp; empty when it is not known.
        public String file() {
            return file;
        }

        /// The line in [#file()]; 0 when it is not known.
        public int line() {
            return line;
        }

        /// What native code logged last, the oldest line first.
        public List<String> log() {
            return log.lines().toList();
        }
    }

    /// The Hugging Face Hub, or a server that speaks its protocol, refuses something, cannot be reached, or gives
    /// answers that make no sense. Messages say which request; tokens and signed addresses are in none of them.
    public static final class Hub extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        private final Reason reason;
        private final int status;

        /// Why something did not come to be.
        public enum Reason {
            /// There is no token, or the hub does not know it (any more).
            UNAUTHORIZED,
            /// The token lacks a right, which the message names.
            FORBIDDEN,
            /// There is no such repository or revision, or the token may not see it.
            NOT_FOUND,
            /// The account has no room left.
            QUOTA,
            /// A file, or all of them together, are larger than the hub takes.
            TOO_LARGE,
            /// Too many requests, also after waiting.
            RATE_LIMITED,
            /// No answer, or failures of the server, also after repeating.
            UNAVAILABLE,
            /// The hub refuses for a reason of its own, which the message gives.
            REFUSED,
            /// An answer is not in the protocol, or sends us where nothing must be sent.
            MALFORMED,
            /// A file changed while it was being sent.
            FILE_CHANGED
        }

        /// @param status of HTTP; 0 when there was no answer
        public Hub(Reason reason, int status, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.reason = reason;
            this.status = status;
        }

        public Hub(Reason reason, String message) {
            this(reason, 0, message, null);
        }

        public Reason reason() {
            return reason;
        }

        /// The status of HTTP; 0 when there was no answer.
        public int status() {
            return status;
        }
    }

    /// The process of an isolated model died: of a signal, for want of memory, by somebody's hand. Calls that
    /// were under way get this; the next call gets a new process.
    public static final class WorkerDied extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        private final int exitStatus;
        private final String signal;
        private final String log;
        private final String crashReport;

        /// @param message    what was under way, and what it died of
        /// @param exitStatus see [#exitStatus()], as the others are named
        public WorkerDied(String message, int exitStatus, String signal, List<String> log, List<String> crashReport) {
            super(message, null);
            this.exitStatus = exitStatus;
            this.signal = signal;
            this.log = String.join("\n", log);
            this.crashReport = String.join("\n", crashReport);
        }

        /// What the system says it ended with; above 128 it is 128 and the number of a signal.
        public int exitStatus() {
            return exitStatus;
        }

        /// The signal that ended it, such as `SIGSEGV`; empty when none did.
        public String signal() {
            return signal;
        }

        /// What it and native code in it wrote last, the oldest line first.
        public List<String> log() {
            return log.lines().toList();
        }

        /// The beginning of what its JVM reported of the crash (what an `hs_err` file has): signal,
        /// address, problematic frame, native frames; empty when it had no time to.
        public List<String> crashReport() {
            return crashReport.lines().toList();
        }
    }

    /// The caller cancelled a long operation (loading a model, sending files) through its listener or by
    /// interrupting its thread.
    public static final class Cancelled extends Vlm4jException {
        private static final long serialVersionUID = 1L;

        public Cancelled(String message) {
            super(message, null);
        }
    }
}
