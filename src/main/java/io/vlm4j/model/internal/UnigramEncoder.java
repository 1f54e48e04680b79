package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Text to the most probable sequence of tokens of a unigram vocabulary that falls back to bytes (Fuyu's), which
/// llama.cpp's tokenizer of that kind does not: it makes all unknown characters one unknown token.
///
/// Source: Kudo, "Subword Regularization", 2018, for the search; the behaviour of transformers' tokenizers.
final class UnigramEncoder {
    private static final char SEPARATOR = '\u2581';
    private static final double UNKNOWN_PENALTY = 10;
    private static final int NORMAL = 1; // llama.h: LLAMA_TOKEN_TYPE_NORMAL and the others
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int BYTE = 6;

    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Integer> specials = new HashMap<>();
    private final float[] scores;
    private final int[] bytes = new int[256];
    private final int unknown;
    private final int begin;
    private final boolean prefixes;
    private final int longest; // of the tokens, in chars
    private final double unknownScore;
    private final Pattern special;

    /// A run of text.
    ///
    /// @param parsesSpecial whether texts of special tokens become those tokens
    record Part(String text, boolean parsesSpecial) {}

    private UnigramEncoder(GgufFile file, int answer) {
        List<String> texts = value(file, "tokens").asStrings();
        scores = value(file, "scores").asFloats();
        long[] types = value(file, "token_type").asLongs();
        unknown = id(file, "unknown_token_id", texts.size());
        begin = id(file, "bos_token_id", texts.size());
        prefixes = isSet(file, "add_space_prefix", true);
        Arrays.fill(bytes, -1);
        double least = 0;
        int most = 0;
        for (int id = 0; id < texts.size(); id++) {
            String text = texts.get(id);
            least = Math.min(least, scores[id]);
            if (id == answer || types[id] == CONTROL || types[id] == USER_DEFINED) {
                specials.put(text, id);
            } else if (types[id] == BYTE) {
                bytes[Integer.parseInt(text, 3, 5, 16)] = id;
            } else if (types[id] == NORMAL && !text.isEmpty()) {
                ids.put(text, id);
                most = Math.max(most, text.length());
            }
        }
        longest = most;
        unknownScore = least - UNKNOWN_PENALTY;
        special = Pattern.compile(specials.keySet().stream()
                .filter(text -> !text.isEmpty())
                .sorted((a, b) -> b.length() - a.length())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }

    /// @return empty when llama.cpp's own tokenizer does for this file
    /// @throws InvalidFile when a key is missing or makes no sense
    /// @throws ModelLoad when the tokenizer normalizes in a way that is not known here
    static Optional<UnigramEncoder> of(GgufFile file) {
        try {
            if (!isSet(file, "byte_fallback", false)) {
                return Optional.empty();
            }
            boolean merges = isSet(file, "remove_extra_whitespaces", false);
            if (merges || file.value("tokenizer.ggml.precompiled_charsmap").isPresent()) {
                throw new ModelLoad(file.path() + " has a unigram tokenizer with byte fallback that also "
                        + (merges ? "merges white space" : "normalizes characters") + ", which is not known here");
            }
            int answer = Math.toIntExact(file.integer("fuyu.answer_token_id").orElse(-1));
            return Optional.of(new UnigramEncoder(file, answer));
        } catch (IllegalStateException | IndexOutOfBoundsException | NumberFormatException e) {
            throw new InvalidFile(file.path() + ": the tokenizer's keys do not fit together: " + e.getMessage(), e);
        }
    }

    private static boolean isSet(GgufFile file, String key, boolean otherwise) {
        return file.value("tokenizer.ggml." + key).map(GgufValue::asBool).orElse(otherwise);
    }

    private static GgufValue value(GgufFile file, String key) {
        return file.value("tokenizer.ggml." + key)
                .orElseThrow(() -> new InvalidFile(file.path() + " has no tokenizer.ggml." + key));
    }

    private static int id(GgufFile file, String key, int size) {
        long id = value(file, key).asLong();
        if (id < 0 || id >= size) {
            throw new InvalidFile(file.path() + ": tokenizer.ggml." + key + " is " + id + ", not one of " + size);
        }
        return (int) id;
    }

    /// The ids of these texts, which are one where no special token stands between them.
    ///
    /// @param addBegin whether the token that begins a sequence comes first
    int[] encode(List<Part> parts, boolean addBegin) {
        IntStream.Builder out = IntStream.builder();
        if (addBegin) {
            out.add(begin);
        }
        StringBuilder run = new StringBuilder();
        for (Part part : parts) {
            int from = 0;
            if (part.parsesSpecial() && !specials.isEmpty()) {
                Matcher matcher = special.matcher(part.text());
                while (matcher.find()) {
                    run.append(part.text(), from, matcher.start());
                    encode(run, out);
                    out.add(specials.getOrDefault(matcher.group(), unknown));
                    from = matcher.end();
                }
            }
            run.append(part.text(), from, part.text().length());
        }
        encode(run, out);
        return out.build().toArray();
    }

    /// Encodes a run, and empties it.
    private void encode(StringBuilder run, IntConsumer out) {
        if (!run.isEmpty()) {
            String text = (prefixes ? SEPARATOR : "") + run.toString().replace(' ', SEPARATOR);
            run.setLength(0);
            emit(text, bestEnds(text), out);
        }
    }

    /// For each place in the text that a token may end at, where the last token of the most probable sequence up to
    /// there begins. Of two that are equally probable, the one that was found first counts.
    private int[] bestEnds(String text) {
        int length = text.length();
        double[] best = new double[length + 1];
        int[] starts = new int[length + 1];
        Arrays.fill(best, Double.NEGATIVE_INFINITY);
        best[0] = 0;
        for (int start = 0; start < length; ) {
            int character = Character.charCount(text.codePointAt(start));
            boolean single = false;
            for (int end = start + 1; end <= Math.min(length, start + longest); end++) {
                Integer id = ids.get(text.substring(start, end));
                if (id != null) {
                    single |= end == start + character;
                    improve(best, starts, start, end, scores[id]);
                }
            }
            if (!single) {
                improve(best, starts, start, start + character, unknownScore);
            }
            start += character;
        }
        return starts;
    }

    private static void improve(double[] best, int[] starts, int start, int end, double score) {
        if (best[start] + score > best[end]) {
            best[end] = best[start] + score;
            starts[end] = start;
        }
    }

    private void emit(String text, int[] starts, IntConsumer out) {
        List<String> pieces = new ArrayList<>();
        for (int end = text.length(); end > 0; end = starts[end]) {
            pieces.add(text.substring(starts[end], end));
        }
        for (String piece : pieces.reversed()) {
            Integer id = ids.get(piece);
            if (id != null) {
                out.accept(id);
            } else {
                spell(piece, out);
            }
        }
    }

    /// An unknown character as its bytes.
    private void spell(String piece, IntConsumer out) {
        byte[] utf8 = piece.getBytes(StandardCharsets.UTF_8);
        boolean known = true;
        for (byte value : utf8) {
            known &= bytes[value & 0xff] >= 0;
        }
        if (!known) {
            out.accept(unknown);
            return;
        }
        for (byte value : utf8) {
            out.accept(bytes[value & 0xff]);
        }
    }
}
