package io.vlm4j.cli;

import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j tokenize`: which tokens is this text?
@Command(
        name = "tokenize",
        description = "Shows the tokens of a text: their ids, and what they stand for.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class TokenizeCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "TEXT", description = "The text; - is standard input.")
    private String text = "";

    @Option(names = "--special", description = "Turn texts of special tokens (</s>, <|im_end|>) into those tokens.")
    private boolean special;

    @Option(names = "--add-special", description = "Add the tokens that the model wants around a prompt.")
    private boolean addSpecial;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private ModelFlag model = new ModelFlag();

    TokenizeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        String given = TextArgument.read(text, root.terminal());
        Path file = model.file();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                Model loaded = Model.open(
                        file,
                        ModelOptions.builder()
                                .gpuLayers(0)
                                .listener(progress.loading(file, root.interruption()))
                                .build())) {
            progress.clear();
            Tokenizer tokenizer = loaded.tokenizer();
            int[] tokens = tokenizer.encode(given, addSpecial, special);
            if (json) {
                root.out().line(Json.text(document(file, tokenizer, tokens)));
            } else {
                for (int token : tokens) {
                    root.out().line(line(tokenizer, token));
                }
            }
            return ExitCode.OK;
        } finally {
            progress.clear();
        }
    }

    private static String line(Tokenizer tokenizer, int token) {
        if (tokenizer.isSpecial(token)) {
            return "%6d  %s".formatted(token, tokenizer.text(token));
        }
        byte[] piece = tokenizer.piece(token);
        String shown = whole(piece)
                .map(characters -> Json.text(Json.object().stringNode(characters)))
                .orElseGet(() -> "bytes " + HexFormat.ofDelimiter(" ").formatHex(piece));
        return "%6d  %s".formatted(token, shown);
    }

    private static ObjectNode document(Path file, Tokenizer tokenizer, int[] tokens) {
        ObjectNode document = Json.object().put("model", file.toString()).put("count", tokens.length);
        ArrayNode list = document.putArray("tokens");
        for (int token : tokens) {
            byte[] piece = tokenizer.piece(token);
            list.addObject()
                    .put("id", token)
                    .put("text", tokenizer.text(token))
                    .put("special", tokenizer.isSpecial(token))
                    .put("piece", whole(piece).orElse(null))
                    .put("piece_hex", HexFormat.of().formatHex(piece));
        }
        return document;
    }

    /// The characters of a piece, unless it is only part of one.
    private static Optional<String> whole(byte[] piece) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(piece))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
