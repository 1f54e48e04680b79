package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Reads the tokenizer of a checkpoint: tokenizer.model, tokenizer.json, tokenizer_config.json, added_tokens.json.
///
/// Source: what conversion/base.py and gguf-py/gguf/vocab.py of llama.cpp make of the same files.
final class TokenizerFiles {
    private static final float ADDED_SCORE = -1000;
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    private final Checkpoint checkpoint;
    private final Config settings;
    private final Optional<Config> fast;

    TokenizerFiles(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        this.settings = checkpoint.file("tokenizer_config.json");
        this.fast = Config.read(checkpoint.folder().resolve("tokenizer.json"), Config.LONGEST_TOKENIZER);
    }

    /// A token that was added to those of the tokenizer's model.
    private record Added(String text, boolean special) {}

    /// The vocabulary of a LLaMA decoder: sentencepiece, or bytes as in Llama 3.
    ///
    /// @param size as in config.json
    Vocabulary llama(int size) {
        Path file = checkpoint.folder().resolve("tokenizer.model");
        Vocabulary vocabulary;
        if (Files.exists(file)) {
            vocabulary = sentencePiece(file, size);
        } else {
            Config json = fast.orElseThrow(
                    () -> new InvalidFile(checkpoint.folder() + " has neither tokenizer.model nor tokenizer.json"));
            Config model = json.object("model");
            if (!model.text("type", "BPE").equals("BPE")) {
                throw model.wrong("type", "BPE");
            }
            vocabulary = model.truth("byte_fallback", false) ? pieces(json, model, size) : bytes(json, model, size);
        }
        finish(vocabulary);
        return vocabulary;
    }

    private Vocabulary sentencePiece(Path file, int size) {
        List<SentencePieceModel.Piece> pieces = SentencePieceModel.read(file).pieces();
        Vocabulary vocabulary = new Vocabulary(file.toString(), size);
        for (int id = 0; id < pieces.size(); id++) {
            SentencePieceModel.Piece piece = pieces.get(id);
            int type = switch (piece.kind()) {
                case Vocabulary.UNKNOWN, Vocabulary.CONTROL, Vocabulary.UNUSED, Vocabulary.BYTE -> piece.kind();
                default -> Vocabulary.NORMAL;
            };
            vocabulary.set(id, piece.text(), piece.score(), type);
        }
        addTokens(vocabulary);
        vocabulary.kind("llama", "default", true);
        if (settings.has("add_prefix_space")) {
            vocabulary.put("ggml.add_space_prefix", GgufValue.of(settings.truth("add_prefix_space", true)));
        }
        return vocabulary;
    }

    /// A sentencepiece vocabulary as merges. llama.cpp merges by scores, so a token's score is the place of the first
    /// merge that makes it.
    private Vocabulary pieces(Config json, Config model, int size) {
        Vocabulary vocabulary = new Vocabulary(json.where(), size);
        Map<String, Integer> places = new HashMap<>();
        for (JsonNode merge : model.array("merges")) {
            String made = merge.isArray()
                    ? merge.path(0).asString("") + merge.path(1).asString("")
                    : merge.asString("").replaceFirst(" ", "");
            places.putIfAbsent(made, places.size());
        }
        for (Map.Entry<String, JsonNode> entry : model.object("vocab").node().properties()) {
            String text = entry.getKey();
            boolean isByte = BYTE.matcher(text).matches();
            boolean isUnknown = text.equals(model.text("unk_token", ""));
            vocabulary.set(
                    id(model, entry),
                    text,
                    -places.getOrDefault(text, places.size()),
                    isByte ? Vocabulary.BYTE : isUnknown ? Vocabulary.UNKNOWN : Vocabulary.NORMAL);
        }
        addTokens(vocabulary);
        vocabulary.kind("llama", "default", true);
        return vocabulary;
    }

    private Vocabulary bytes(Config json, Config model, int size) {
        Vocabulary vocabulary = new Vocabulary(json.where(), size);
        for (Map.Entry<String, JsonNode> entry : model.object("vocab").node().properties()) {
            vocabulary.set(id(model, entry), entry.getKey(), 0, Vocabulary.NORMAL);
        }
        addTokens(vocabulary);
        vocabulary.kind("gpt2", PreTokenizer.of(json), false);
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.array("merges")) {
            if (merge.isArray() && merge.size() == 2) {
                merges.add(spaced(merge.get(0).asString()) + " "
                        + spaced(merge.get(1).asString()));
            } else {
                merges.add(merge.asString());
            }
        }
        vocabulary.put("ggml.merges", GgufValue.strings(merges));
        return vocabulary;
    }

    /// A space within a part of a merge, as bytes are written as characters.
    private static String spaced(String part) {
        return part.replace(' ', '\u0120');
    }

    private static int id(Config model, Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isInt() || entry.getValue().intValue() < 0) {
            throw model.wrong("vocab", "an object with the id of each token");
        }
        return entry.getValue().intValue();
    }

    /// The vocabulary of a unigram tokenizer, with what a reader must know beside llama.cpp's keys.
    Vocabulary unigram(int size) {
        Config json = fast.orElseThrow(() -> new InvalidFile(checkpoint.folder() + " has no tokenizer.json"));
        Config model = json.object("model");
        if (!model.text("type", "").equals("Unigram")) {
            throw model.wrong("type", "Unigram");
        }
        boolean fallback = model.truth("byte_fallback", false);
        Vocabulary vocabulary = new Vocabulary(json.where(), size);
        int id = 0;
        for (JsonNode pair : model.array("vocab")) {
            if (pair.size() != 2 || !pair.get(0).isString() || !pair.get(1).isNumber()) {
                throw model.wrong("vocab", "pairs of token and score");
            }
            String text = pair.get(0).stringValue();
            boolean isByte = fallback && BYTE.matcher(text).matches();
            vocabulary.set(id++, text, (float) pair.get(1).doubleValue(), isByte ? Vocabulary.BYTE : Vocabulary.NORMAL);
        }
        addTokens(vocabulary);
        int unknown = model.integer("unk_id", 0);
        JsonNode piece = model.array("vocab").path(unknown);
        if (unknown >= size || piece.isMissingNode()) {
            throw model.wrong("unk_id", "the id of a token");
        }
        vocabulary.set(unknown, piece.get(0).stringValue(), (float) piece.get(1).doubleValue(), Vocabulary.UNKNOWN);
        vocabulary.kind("t5", "default", true);
        vocabulary.put("ggml.add_space_prefix", GgufValue.of(prefixesSpace(json)));
        vocabulary.put(
                "ggml.remove_extra_whitespaces",
                GgufValue.of(mentions(json.object("pre_tokenizer").node(), "type", "WhitespaceSplit")));
        vocabulary.put("ggml.byte_fallback", GgufValue.of(fallback));
        charsMap(json).ifPresent(map -> vocabulary.put("ggml.precompiled_charsmap", map));
        finish(vocabulary);
        return vocabulary;
    }

    private static boolean prefixesSpace(Config json) {
        JsonNode splitting = json.object("pre_tokenizer").node();
        return mentions(json.object("normalizer").node(), "type", "Prepend")
                || (mentions(splitting, "type", "Metaspace") && !mentions(splitting, "prepend_scheme", "never"));
    }

    private static boolean mentions(JsonNode node, String key, String value) {
        return node.findValues(key).stream()
                .anyMatch(found -> found.asString("").equals(value));
    }

    private static Optional<GgufValue> charsMap(Config json) {
        JsonNode map = json.object("normalizer").node().findValue("precompiled_charsmap");
        if (map == null || !map.isString()) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(map.stringValue());
            long[] numbers = new long[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                numbers[i] = bytes[i] & 0xff;
            }
            return Optional.of(GgufValue.integers(GgufType.U8, numbers));
        } catch (IllegalArgumentException e) {
            throw new InvalidFile(json.where() + ": 'precompiled_charsmap' is no Base64", e);
        }
    }

    /// Special tokens, the chat template.
    private void finish(Vocabulary vocabulary) {
        new SpecialTokens(checkpoint.config(), checkpoint.file("generation_config.json"), settings, fast)
                .describe(vocabulary);
        ChatTemplates.describe(checkpoint, settings, vocabulary);
    }

    private void addTokens(Vocabulary vocabulary) {
        added().forEach((id, token) -> {
            boolean control = token.special() || looksSpecial(token.text());
            vocabulary.set(
                    id,
                    control ? token.text() : token.text().replace('\u2581', ' '),
                    ADDED_SCORE,
                    control ? Vocabulary.CONTROL : Vocabulary.USER_DEFINED);
        });
    }

    /// What three files say of added tokens; where they differ, tokenizer_config.json is right.
    private SequencedMap<Integer, Added> added() {
        TreeMap<Integer, Added> added = new TreeMap<>();
        Config old = checkpoint.file("added_tokens.json");
        for (Map.Entry<String, JsonNode> entry : old.node().properties()) {
            added.put(old.integer(entry.getKey()), new Added(entry.getKey(), false));
        }
        fast.ifPresent(json -> json.objects("added_tokens")
                .forEach(token -> added.put(
                        token.integer("id"), new Added(token.text("content", ""), token.truth("special", false)))));
        Config decoder = settings.object("added_tokens_decoder");
        for (String id : decoder.node().propertyNames()) {
            Config token = decoder.object(id);
            try {
                added.put(Integer.valueOf(id), new Added(token.text("content", ""), token.truth("special", false)));
            } catch (NumberFormatException e) {
                throw new InvalidFile(decoder.where() + ": '" + id + "' is not the id of a token", e);
            }
        }
        return added;
    }

    /// Some models do not mark all that are.
    private static boolean looksSpecial(String token) {
        return token.equals("<pad>")
                || token.equals("<mask>")
                || (token.startsWith("<|") && token.endsWith("|>"))
                || (token.startsWith("<unused") && token.endsWith(">"));
    }
}
