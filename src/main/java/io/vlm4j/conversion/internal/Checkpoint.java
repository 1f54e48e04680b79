package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// A Hugging Face folder: its configuration, and the tensors of its safetensors files, which are mapped into memory.
///
/// - **Owner**: owns the mappings; tensors borrow them.
/// - **Threads**: reading is thread-safe.
/// - **Close**: ends the mappings, once.
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int MOST_SHARDS = 1000;

    private final Path folder;
    private final Config config;
    private final List<Safetensors> shards = new ArrayList<>();
    private final SequencedMap<String, Safetensors> tensors = new LinkedHashMap<>();

    private Checkpoint(Path folder, Config config) {
        this.folder = folder;
        this.config = config;
    }

    /// @throws InvalidFile if something is missing, damaged, or does not fit the rest
    public static Checkpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidFile(folder + (Files.exists(folder) ? " is not a folder" : " does not exist")
                    + ": a folder with config.json and safetensors files is expected");
        }
        Config config = Config.read(folder.resolve("config.json"), Config.LONGEST)
                .orElseThrow(() -> new InvalidFile(
                        folder + " has no config.json: a folder of Hugging Face's" + " transformers is expected"));
        Checkpoint checkpoint = new Checkpoint(folder, config);
        try {
            checkpoint.openShards();
            return checkpoint;
        } catch (Throwable e) {
            checkpoint.close();
            throw e;
        }
    }

    private void openShards() {
        Path single = folder.resolve(SINGLE);
        Path index = folder.resolve(INDEX);
        if (Files.exists(single)) {
            add(single);
        } else if (Files.exists(index)) {
            openIndexed(index);
        } else {
            throw new InvalidFile(folder + " has neither " + SINGLE + " nor " + INDEX + otherWeights());
        }
    }

    private void openIndexed(Path index) {
        Config map = Config.read(index, Config.LONGEST_TOKENIZER).orElseThrow().object("weight_map");
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.node().properties()) {
            if (!entry.getValue().isString()) {
                throw map.wrong(entry.getKey(), "the name of a file");
            }
            fileOf.put(entry.getKey(), entry.getValue().stringValue());
        }
        TreeSet<String> names = new TreeSet<>(fileOf.values());
        if (names.isEmpty() || names.size() > MOST_SHARDS) {
            throw new InvalidFile(
                    index + ": 'weight_map' names " + names.size() + " files; 1 to " + MOST_SHARDS + " are expected");
        }
        for (String name : names) {
            add(shard(index, name));
        }
        fileOf.forEach((tensor, file) -> {
            Safetensors found = tensors.get(tensor);
            if (found == null || !found.path().endsWith(file)) {
                throw new InvalidFile(index + " says that tensor '" + tensor + "' is in " + file + ", but it is "
                        + (found == null ? "in none of the files" : "in " + found.path()));
            }
        });
    }

    /// A file directly in the folder, whatever the index says.
    private Path shard(Path index, String name) {
        try {
            Path file = Path.of(name);
            if (name.isEmpty()
                    || file.isAbsolute()
                    || file.getNameCount() != 1
                    || !file.equals(file.getFileName())
                    || name.equals("..")
                    || name.equals(".")
                    || name.indexOf('\\') >= 0) {
                throw new InvalidFile(index + ": '" + name + "' is not the name of a file in the same folder");
            }
            return folder.resolve(file);
        } catch (InvalidPathException e) {
            throw new InvalidFile(index + ": '" + name + "' is not the name of a file", e);
        }
    }

    private void add(Path file) {
        Safetensors opened = Safetensors.open(file);
        shards.add(opened);
        for (String name : opened.names()) {
            Safetensors other = tensors.put(name, opened);
            if (other != null) {
                throw new InvalidFile("tensor '" + name + "' is in " + other.path() + " and in " + file);
            }
        }
    }

    private String otherWeights() {
        for (String other : List.of("pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.safetensors")) {
            if (Files.exists(folder.resolve(other))) {
                return ", but " + other + ": save the checkpoint as safetensors with transformers first";
            }
        }
        return "";
    }

    public Path folder() {
        return folder;
    }

    /// The content of config.json.
    public Config config() {
        return config;
    }

    /// Another file of the folder; an empty object if there is none.
    Config file(String name) {
        Path file = folder.resolve(name);
        return Config.read(file, Config.LONGEST)
                .orElseGet(() -> new Config(file + " (missing)", JsonNodeFactory.instance.objectNode()));
    }

    /// The names of all tensors.
    SequencedSet<String> names() {
        return new TreeSet<>(tensors.keySet());
    }

    /// A tensor that exists. It borrows from this checkpoint.
    Tensor tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name).tensor(name);
    }

    /// Names, sizes and times of the files with the weights: whether they are still the same.
    public String origin() {
        StringBuilder text = new StringBuilder();
        for (Safetensors shard : shards) {
            try {
                text.append(shard.path().toAbsolutePath())
                        .append(' ')
                        .append(Files.size(shard.path()))
                        .append(' ')
                        .append(Files.getLastModifiedTime(shard.path()))
                        .append('\n');
            } catch (IOException e) {
                throw new InvalidFile(shard.path() + " cannot be read: " + e, e);
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        shards.forEach(Safetensors::close);
    }
}
