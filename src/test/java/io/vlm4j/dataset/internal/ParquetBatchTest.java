package io.vlm4j.dataset.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ColumnReaders;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnProjection;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.testkit.Golden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Rows are what pyarrow says is in the file.
class ParquetBatchTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @ParameterizedTest
    @CsvSource({
        "nulls-snappy,  nulls,     id messages images",
        "nulls-zstd,    nulls,     id messages images",
        "nulls-gzip,    nulls,     images messages",
        "nulls-none,    nulls,     id messages images",
        "required,      required,  conversations image",
        "questions,     questions, question answers image",
        "captions,      captions,  image text",
    })
    void rowsAreWhatPyarrowReads(String file, String dump, String columns) throws IOException, RowRefusal {
        List<String> names = List.of(columns.split(" "));
        for (int batchSize : List.of(1, 4, 1000)) {
            List<JsonNode> rows = read(Golden.resource("dataset/files/" + file + ".parquet"), names, batchSize);

            List<ObjectNode> expected = new ArrayList<>();
            for (JsonNode row : Golden.json(Golden.resource("dataset/files/" + dump + ".json"))) {
                ObjectNode picked = JSON.objectNode();
                names.forEach(name -> picked.set(name, row.get(name)));
                expected.add(picked);
            }
            assertThat(rows).isNotEmpty().containsExactlyElementsOf(expected);
        }
    }

    private static List<JsonNode> read(Path file, List<String> names, int batchSize) throws IOException, RowRefusal {
        List<JsonNode> rows = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file));
                ColumnReaders columns = reader.buildColumnReaders(
                                ColumnProjection.columns(names.toArray(String[]::new)))
                        .batchSize(batchSize)
                        .build()) {
            ParquetBatch batch = new ParquetBatch(columns, reader.getFileSchema(), names, DatasetOptions.defaults());
            while (columns.nextBatch()) {
                for (int row = 0; row < columns.getRecordCount(); row++) {
                    rows.add(plain(batch.row(row)));
                }
            }
        }
        return rows;
    }

    private static JsonNode plain(JsonNode node) {
        if (node.isBinary()) {
            return JSON.objectNode().put("base64", Base64.getEncoder().encodeToString(node.binaryValue()));
        }
        if (node.isObject()) {
            ObjectNode copy = JSON.objectNode();
            node.properties().forEach(entry -> copy.set(entry.getKey(), plain(entry.getValue())));
            return copy;
        }
        if (node.isArray()) {
            ArrayNode copy = JSON.arrayNode();
            node.forEach(element -> copy.add(plain(element)));
            return copy;
        }
        return node.isIntegralNumber() ? JSON.numberNode(node.asInt()) : node;
    }
}
