package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.files.AtomicFile;
import io.vlm4j.generation.Generator;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.ContextSnapshotImpl;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.runtime.NativeRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// A conversation in a file. Little-endian:
///
/// | bytes | |
/// |---|---|
/// | 8 | `VLM4JCHT` |
/// | 4 | version, 1 |
/// | 8 + n | length, then the [header][SessionHeader] as JSON |
/// | 8 + n | length, then the transcript as [JSON][ChatJson], pictures in it |
/// | 8 + n | length, then the cells of the context: 4 bytes for each token's id |
/// | 8 + n | length, then llama.cpp's own state of the sequence |
/// | 32 | SHA-256 of everything before it |
public final class SessionFile {
    static final byte[] MAGIC = "VLM4JCHT".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;

    private SessionFile() {}

    /// @throws java.io.UncheckedIOException when it cannot be written; what was there is still there
    public static void write(Path file, Session session, Generator generator, ContextSnapshot snapshot) {
        ContextSnapshotImpl memory = (ContextSnapshotImpl) snapshot;
        byte[] header = new SessionHeader(
                        NativeRuntime.LLAMA_CPP_VERSION,
                        fingerprint(generator.context().model().path()),
                        generator.context().model().description(),
                        generator.projector().map(projector -> fingerprint(projector.path())),
                        AdapterIdentity.of(memory.adapters()),
                        session.window().began(),
                        session.window().firstShown(),
                        SessionHeader.media(memory.contents()))
                .toBytes();
        byte[] transcript = ChatJson.write(session.transcript()).getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, channel -> {
            SessionOutput out = new SessionOutput(channel);
            out.magic();
            out.section(header);
            out.section(transcript);
            out.section(memory.contents());
            out.section(memory.state());
            out.digest();
        });
    }

    /// Reads a conversation and has the context remember what was computed of it. A context that cannot take it over
    /// (one of another length or cache type, or for other adapters than it was computed with) remembers nothing: the
    /// conversation is then evaluated when it goes on.
    ///
    /// @throws InvalidFile see `Chat.load`
    public static Session read(Path file, Generator generator, Adapters adapters) {
        try (SessionInput in = SessionInput.open(file)) {
            SessionHeader header = SessionHeader.of(in.bytes("header", 1 << 24));
            requireSame(header, generator);
            Session session = new Session(
                    ChatJson.read(new String(in.bytes("transcript", ChatJson.MAX_LENGTH), StandardCharsets.UTF_8)),
                    new Window(header.began(), header.firstShown()));
            if (header.firstShown() < 0
                    || header.firstShown() > session.transcript().size()) {
                throw new IllegalArgumentException("it begins at message " + header.firstShown() + " of "
                        + session.transcript().size());
            }
            int[] cells = in.cells(generator.context().model().tokenizer().size());
            Contents contents =
                    Contents.of(cells, header.mediaOf(generator.projector().orElse(null)));
            if (header.llamaCpp().equals(NativeRuntime.LLAMA_CPP_VERSION)
                    && header.adapters().equals(AdapterIdentity.of(adapters))) {
                SessionMemory.restore(generator.context(), adapters, contents, in);
            } else {
                generator.context().clear();
            }
            return session;
        } catch (IllegalArgumentException e) {
            throw new InvalidFile(file + " is no conversation that can be read: " + e.getMessage(), e);
        }
    }

    private static void requireSame(SessionHeader header, Generator generator) {
        Path model = generator.context().model().path();
        if (!header.model().equals(fingerprint(model))) {
            throw new IllegalArgumentException(
                    "it was held with another model (" + header.modelName() + ") than " + model);
        }
        Optional<String> projector = generator.projector().map(Projector::path).map(SessionFile::fingerprint);
        if (!header.media().isEmpty() && !header.projector().equals(projector)) {
            throw new IllegalArgumentException("its pictures were seen with another projector than "
                    + generator
                            .projector()
                            .map(other -> other.path().toString())
                            .orElse("none"));
        }
    }

    private static String fingerprint(Path file) {
        try (GgufFile gguf = GgufFile.open(file)) {
            return gguf.fingerprint();
        }
    }
}
