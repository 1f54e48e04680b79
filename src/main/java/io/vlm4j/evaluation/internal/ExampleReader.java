package io.vlm4j.evaluation.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.evaluation.BadRow;
import io.vlm4j.evaluation.Example;
import io.vlm4j.evaluation.ExampleFile;
import io.vlm4j.media.ImageInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads a JSONL file of examples row by row; a row that is none does not keep the others from being read.
public final class ExampleReader {
    private static final String PARQUET = "PAR1";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final boolean imagesAnywhere;
    private final List<Example> examples = new ArrayList<>();
    private final List<BadRow> badRows = new ArrayList<>();

    public ExampleReader(Path file, boolean imagesAnywhere) {
        this.file = file;
        this.imagesAnywhere = imagesAnywhere;
    }

    /// Why a row is no example.
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private Refusal(String reason) {
            super(reason, null, false, false);
        }
    }

    public ExampleFile read() {
        try {
            long size = Files.size(file);
            if (size > ExampleFile.MAX_BYTES) {
                throw new InvalidFile(file + " has " + size + " bytes; at most " + ExampleFile.MAX_BYTES + " are read");
            }
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                rows(in);
            }
        } catch (NoSuchFileException e) {
            throw new InvalidFile("no such file: " + file, e);
        } catch (IOException e) {
            throw new InvalidFile("cannot read " + file + ": " + e.getMessage(), e);
        }
        return new ExampleFile(file, examples, badRows);
    }

    private void rows(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int row = 1;
        boolean tooLong = false;
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                row(row++, line.toByteArray(), tooLong);
                line.reset();
                tooLong = false;
            } else if (line.size() == ExampleFile.MAX_ROW_BYTES) {
                tooLong = true;
            } else {
                line.write(next);
            }
        }
        row(row, line.toByteArray(), tooLong);
    }

    private void row(int row, byte[] bytes, boolean tooLong) {
        try {
            if (tooLong) {
                throw new Refusal("longer than " + ExampleFile.MAX_ROW_BYTES + " bytes");
            }
            String text = text(bytes);
            if (row == 1 && text.startsWith(PARQUET)) {
                throw new InvalidFile(file + " is a parquet file; examples are read from JSONL");
            }
            if (!text.isBlank()) {
                examples.add(example(row, text));
            }
        } catch (Refusal e) {
            if (row == 1 && bytes.length >= PARQUET.length() && isParquet(bytes)) {
                throw new InvalidFile(file + " is a parquet file; examples are read from JSONL");
            }
            badRows.add(new BadRow(file, row, String.valueOf(e.getMessage())));
        }
    }

    private static boolean isParquet(byte[] bytes) {
        return new String(bytes, 0, PARQUET.length(), StandardCharsets.ISO_8859_1).equals(PARQUET);
    }

    private static String text(byte[] bytes) throws Refusal {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new Refusal("no UTF-8");
        }
    }

    private Example example(int row, String text) throws Refusal {
        JsonNode node;
        try {
            node = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new Refusal(
                    "no JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
        if (!node.isObject()) {
            throw new Refusal("no JSON object");
        }
        String question = string(node.get("question"), "question");
        Optional<ImageInput> image = image(node.get("image"));
        return new Example(Integer.toString(row), image, question, answers(node.get("answer")));
    }

    private static List<String> answers(@Nullable JsonNode node) throws Refusal {
        if (node == null || !node.isArray()) {
            return List.of(string(node, "answer"));
        }
        if (node.isEmpty()) {
            throw new Refusal("no answer");
        }
        List<String> answers = new ArrayList<>();
        for (JsonNode answer : node) {
            answers.add(string(answer, "answer"));
        }
        return answers;
    }

    private static String string(@Nullable JsonNode node, String field) throws Refusal {
        if (node == null || !node.isString() || node.asString().isBlank()) {
            throw new Refusal("no " + field);
        }
        return node.asString();
    }

    private Optional<ImageInput> image(@Nullable JsonNode node) throws Refusal {
        if (node == null || node.isNull()) {
            return Optional.empty();
        }
        String name = string(node, "path in image");
        try {
            Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow();
            Path image = folder.resolve(name).normalize();
            if (!imagesAnywhere && !image.startsWith(folder.normalize())) {
                throw new Refusal("the picture is outside the file's folder: " + name);
            }
            if (!Files.isRegularFile(image)) {
                throw new Refusal("no such picture: " + name);
            }
            if (!imagesAnywhere && !image.toRealPath().startsWith(folder.toRealPath())) {
                throw new Refusal("the picture is outside the file's folder: " + name);
            }
            return Optional.of(ImageInput.of(image));
        } catch (InvalidPathException | IOException e) {
            throw new Refusal("not the path of a picture: " + name);
        }
    }
}
