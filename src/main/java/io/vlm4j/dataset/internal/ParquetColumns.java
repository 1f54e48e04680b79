package io.vlm4j.dataset.internal;

import dev.hardwood.schema.FileSchema;
import dev.hardwood.schema.SchemaNode;
import io.vlm4j.Vlm4jException.InvalidFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Chooses the columns of a parquet file that examples are made of, by their names.
final class ParquetColumns {
    private static final List<String> PICTURES = List.of("images", "image");

    private ParquetColumns() {}

    /// @throws InvalidFile naming the columns that are missing, and those that there are
    static List<String> choose(Path file, FileSchema schema) {
        List<String> names =
                schema.getRootNode().children().stream().map(SchemaNode::name).toList();
        List<String> chosen = new ArrayList<>(texts(file, schema, names));
        PICTURES.stream().filter(names::contains).forEach(chosen::add);
        return List.copyOf(chosen);
    }

    private static List<String> texts(Path file, FileSchema schema, List<String> names) {
        if (names.contains("messages")) {
            require(file, schema, "messages", "role", "content");
            return List.of("messages");
        }
        if (names.contains("conversations")) {
            require(file, schema, "conversations", "from", "value");
            return List.of("conversations");
        }
        if (names.contains("question")) {
            List<String> answers = Stream.of("answers", "answer")
                    .filter(names::contains)
                    .limit(1)
                    .toList();
            if (answers.isEmpty()) {
                throw new InvalidFile(file + " has a column question, but none of the name answer or answers; it has "
                        + String.join(", ", names));
            }
            return List.of("question", answers.getFirst());
        }
        return Stream.of("caption", "text")
                .filter(names::contains)
                .findFirst()
                .map(List::of)
                .orElseThrow(() -> new InvalidFile(file
                        + " has no column messages, conversations, question and answer, caption or text; it has "
                        + String.join(", ", names)));
    }

    private static void require(Path file, FileSchema schema, String column, String... fields) {
        SchemaNode element = element(schema.getField(column));
        for (String field : fields) {
            if (child(element, field) == null) {
                throw new InvalidFile(file + " has no column " + column + "." + field + ": " + column
                        + " must be a list of structs with " + String.join(" and ", fields));
            }
        }
    }

    private static @Nullable SchemaNode element(SchemaNode node) {
        return node instanceof SchemaNode.GroupNode group && group.isList() ? group.getListElement() : null;
    }

    static @Nullable SchemaNode child(@Nullable SchemaNode node, String name) {
        return node instanceof SchemaNode.GroupNode group
                ? group.children().stream()
                        .filter(child -> child.name().equals(name))
                        .findFirst()
                        .orElse(null)
                : null;
    }
}
