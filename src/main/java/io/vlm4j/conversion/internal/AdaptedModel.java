package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What must be known of a model to make an adapter for it.
///
/// @param where        the file or folder, for messages
/// @param architecture as GGUF files have it
/// @param matrices     the shapes of its tensors
/// @param heads        of queries
/// @param keyHeads     of keys and values
public record AdaptedModel(String where, String architecture, Map<String, Shape> matrices, int heads, int keyHeads) {
    /// llama.cpp rotates neighbours of a head in these; their rows of queries and keys lie in another order than
    /// transformers'.
    private static final Set<String> INTERLEAVED = Set.of("llama", "mistral3", "smollm3");

    /// In these it rotates halves, as transformers does.
    private static final Set<String> PLAIN =
            Set.of("qwen2", "qwen2vl", "qwen3", "qwen3vl", "gemma", "gemma2", "gemma3", "phi3");

    private static final int MOST_LAYERS = 10_000;

    /// @param base a GGUF file or a Hugging Face folder
    /// @throws InvalidFile if it is neither, or a model that adapters are not converted for
    public static AdaptedModel of(Path base) {
        if (Files.isDirectory(base)) {
            return ofFolder(base);
        }
        try (GgufFile file = GgufFile.open(base)) {
            return ofFile(file);
        }
    }

    private static AdaptedModel ofFile(GgufFile file) {
        String architecture = file.architecture().orElse("none");
        if (!INTERLEAVED.contains(architecture) && !PLAIN.contains(architecture)) {
            TreeSet<String> known = new TreeSet<>(INTERLEAVED);
            known.addAll(PLAIN);
            throw new InvalidFile(file.path() + " is a model of the architecture '" + architecture
                    + "'; adapters are converted for " + String.join(", ", known));
        }
        if (file.split().isPresent()) {
            throw new InvalidFile(file.path() + " is one part of a model; the whole one is needed to check the adapter"
                    + " (llama-gguf-split --merge), or its Hugging Face folder");
        }
        Map<String, Shape> matrices = new LinkedHashMap<>();
        for (GgufTensor tensor : file.tensors().values()) {
            matrices.put(tensor.name(), tensor.shape());
        }
        int heads = heads(file, architecture + ".attention.head_count", 0);
        return new AdaptedModel(
                file.path().toString(),
                architecture,
                matrices,
                heads,
                heads(file, architecture + ".attention.head_count_kv", heads));
    }

    private static int heads(GgufFile file, String key, int missing) {
        long heads = file.integer(key).orElse(missing);
        if (heads <= 0 || heads > Integer.MAX_VALUE) {
            throw new InvalidFile(file.path() + ": metadata key '" + key + "' should be a number above 0, but is "
                    + (heads == 0 && missing == 0 ? "0 or missing" : heads));
        }
        return (int) heads;
    }

    private static AdaptedModel ofFolder(Path folder) {
        Config whole = Config.read(folder.resolve("config.json"), Config.LONGEST)
                .orElseThrow(() -> new InvalidFile(folder + " has no config.json: a GGUF file or a folder of Hugging"
                        + " Face's transformers is expected"));
        Config text = whole.has("text_config") ? whole.object("text_config") : whole;
        Decoder decoder = new Decoder(text);
        decoder.check();
        if (decoder.layers() > MOST_LAYERS) {
            throw text.wrong("num_hidden_layers", MOST_LAYERS + " at most");
        }
        boolean tied = whole.truth("tie_word_embeddings", false) || text.truth("tie_word_embeddings", false);
        Map<String, Shape> matrices = new LinkedHashMap<>(decoder.matrices());
        if (tied) {
            matrices.remove("output.weight");
        }
        return new AdaptedModel(folder.toString(), "llama", matrices, decoder.heads(), decoder.keyHeads());
    }

    /// The shape of a matrix that an adapter changes.
    ///
    /// @param module its name in transformers, for the message
    Shape shape(TextModule matrix, String module) {
        Shape shape = matrices.get(matrix.tensor());
        if (shape == null && matrix.tensor().equals("output.weight")) {
            throw new InvalidFile(where + " has no output matrix of its own, which the adapter changes ('" + module
                    + "'): its token embeddings are used instead, and changing these would change both");
        }
        if (shape == null || shape.rank() != 2) {
            throw new InvalidFile(where + " has no matrix '" + matrix.tensor() + "', which the adapter changes ('"
                    + module + "'): was it trained beside another model?");
        }
        return shape;
    }

    /// How many heads' rows lie in another order than transformers'; 0 if all lie as there.
    int interleavedHeads(TextModule matrix) {
        if (!INTERLEAVED.contains(architecture)) {
            return 0;
        }
        int count = matrix.isQueries() ? heads : matrix.isKeys() ? keyHeads : 0;
        Shape shape = matrices.get(matrix.tensor());
        if (count > 0 && shape != null && shape.dim(0) % (2L * count) != 0) {
            throw new InvalidFile(where + ": '" + matrix.tensor() + "' has " + shape.dim(0) + " rows, which are not "
                    + count + " heads of an even size");
        }
        return count;
    }
}
