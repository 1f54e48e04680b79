package io.vlm4j.dataset.internal;

import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ColumnReaders;
import dev.hardwood.schema.FileSchema;
import dev.hardwood.schema.SchemaNode;
import io.vlm4j.dataset.DatasetOptions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The rows of the current batch of columns as JSON objects.
///
/// A column is values with, for each list around them, where its items begin, and for each optional struct, which of
/// them are there. Columns of one struct agree on all that is around it, so any of them can be asked.
final class ParquetBatch {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ColumnReaders columns;
    private final FileSchema schema;
    private final List<String> names;
    private final DatasetOptions options;

    ParquetBatch(ColumnReaders columns, FileSchema schema, List<String> names, DatasetOptions options) {
        this.columns = columns;
        this.schema = schema;
        this.names = names;
        this.options = options;
    }

    JsonNode row(int row) throws RowRefusal {
        ObjectNode object = JSON.objectNode();
        for (String name : names) {
            object.set(name, value(schema.getField(name), 0, row, name));
        }
        return object;
    }

    /// @param layer how many lists and optional structs are around it
    private JsonNode value(SchemaNode node, int layer, int index, String path) throws RowRefusal {
        if (node instanceof SchemaNode.PrimitiveNode leaf) {
            return leaf(leaf, index, path);
        }
        SchemaNode.GroupNode group = (SchemaNode.GroupNode) node;
        ColumnReader any = reader(firstLeaf(group, path));
        if (group.isList()) {
            return any.getLayerValidity(layer).isNull(index)
                    ? JSON.nullNode()
                    : list(group, any.getLayerOffsets(layer), layer, index, path);
        }
        if (!group.isStruct()) {
            throw new RowRefusal("column " + path + " is neither a list nor a struct");
        }
        boolean optional = group.repetitionType() == RepetitionType.OPTIONAL;
        if (optional && any.getLayerValidity(layer).isNull(index)) {
            return JSON.nullNode();
        }
        ObjectNode object = JSON.objectNode();
        for (SchemaNode child : group.children()) {
            object.set(child.name(), value(child, optional ? layer + 1 : layer, index, path + "." + child.name()));
        }
        return object;
    }

    private JsonNode list(SchemaNode.GroupNode list, int[] offsets, int layer, int index, String path)
            throws RowRefusal {
        SchemaNode element = list.getListElement();
        int length = offsets[index + 1] - offsets[index];
        int limit = path.startsWith("image") ? options.maxImages() : options.maxTextLength();
        if (length > limit) {
            throw new RowRefusal(length + " entries in column " + path + "; at most " + limit + " are read");
        }
        ArrayNode array = JSON.arrayNode(length);
        for (int i = offsets[index]; i < offsets[index + 1]; i++) {
            array.add(value(element, layer + 1, i, path));
        }
        return array;
    }

    private JsonNode leaf(SchemaNode.PrimitiveNode leaf, int index, String path) throws RowRefusal {
        ColumnReader reader = reader(leaf);
        if (reader.getLeafValidity().isNull(index)) {
            return JSON.nullNode();
        }
        return switch (leaf.type()) {
            case BYTE_ARRAY -> bytes(leaf, reader, index, path);
            case INT64 -> JSON.numberNode(reader.getLongs()[index]);
            case INT32 -> JSON.numberNode(reader.getInts()[index]);
            case BOOLEAN, INT96, FLOAT, DOUBLE, FIXED_LEN_BYTE_ARRAY -> JSON.nullNode(); // no part of any layout
        };
    }

    private JsonNode bytes(SchemaNode.PrimitiveNode leaf, ColumnReader reader, int index, String path)
            throws RowRefusal {
        int[] offsets = reader.getBinaryOffsets();
        int length = offsets[index + 1] - offsets[index];
        boolean text = leaf.logicalType() instanceof LogicalType.StringType;
        long limit = text ? 4L * options.maxTextLength() : options.imageLimits().maxBytes();
        if (length > limit) {
            throw new RowRefusal(length + " bytes in column " + path + "; at most " + limit + " are read");
        }
        if (text) {
            return JSON.stringNode(
                    new String(reader.getBinaryValues(), offsets[index], length, StandardCharsets.UTF_8));
        }
        return JSON.binaryNode(Arrays.copyOfRange(reader.getBinaryValues(), offsets[index], offsets[index + 1]));
    }

    private ColumnReader reader(SchemaNode.PrimitiveNode leaf) {
        return columns.getColumnReader(
                schema.getColumn(leaf.columnIndex()).fieldPath().toString());
    }

    private static SchemaNode.PrimitiveNode firstLeaf(SchemaNode.GroupNode group, String path) throws RowRefusal {
        @Nullable SchemaNode node = group;
        while (node instanceof SchemaNode.GroupNode inner && !inner.children().isEmpty()) {
            node = inner.children().getFirst();
        }
        if (node instanceof SchemaNode.PrimitiveNode leaf) {
            return leaf;
        }
        throw new RowRefusal("column " + path + " has no values");
    }
}
