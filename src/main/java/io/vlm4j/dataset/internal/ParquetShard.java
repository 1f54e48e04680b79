package io.vlm4j.dataset.internal;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.FileSchema;
import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the footer of one parquet file says. The file is closed again.
///
/// @param columns which of its columns are read, by their names
record ParquetShard(Path file, List<Group> groups, List<String> columns) {
    private static final int MOST_ROWS = Integer.MAX_VALUE - 8;

    /// One row group.
    ///
    /// @param rows   how many
    /// @param middle the byte by which hardwood picks row groups: half-way through the data
    /// @param bytes  of all its columns that are read, unpacked
    record Group(int rows, long middle, long bytes) {}

    /// @throws InvalidFile when it is no parquet file, or lacks the columns
    static ParquetShard read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidFile("no such file: " + file);
        }
        try (ParquetFileReader reader = open(file)) {
            FileSchema schema = reader.getFileSchema();
            List<String> columns = ParquetColumns.choose(file, schema);
            List<Group> groups = new ArrayList<>();
            for (RowGroup group : reader.getFileMetaData().rowGroups()) {
                groups.add(group(file, group, columns));
            }
            return new ParquetShard(file, List.copyOf(groups), columns);
        } catch (IOException e) {
            throw invalid(file, e);
        } catch (InvalidFile e) {
            throw e;
        } catch (RuntimeException e) { // what hardwood throws on contradictions is of many kinds
            throw invalid(file, e);
        }
    }

    static ParquetFileReader open(Path file) throws IOException {
        return ParquetFileReader.open(InputFile.of(file));
    }

    static InvalidFile invalid(Path file, Exception cause) {
        String message = String.valueOf(cause.getMessage());
        String named = message.contains(file.toString()) ? message : file + " cannot be read as parquet: " + message;
        return new InvalidFile(named, cause);
    }

    private static Group group(Path file, RowGroup group, List<String> columns) {
        if (group.numRows() < 0
                || group.numRows() > MOST_ROWS
                || group.columns().isEmpty()) {
            throw new InvalidFile(file + " has a row group of " + group.numRows() + " rows");
        }
        long packed = 0;
        long bytes = 0;
        for (ColumnChunk chunk : group.columns()) {
            packed += chunk.metaData().totalCompressedSize();
            if (columns.contains(chunk.metaData().pathInSchema().elements().getFirst())) {
                bytes += chunk.metaData().totalUncompressedSize();
            }
        }
        long middle = group.columns().getFirst().chunkStartOffset() + packed / 2;
        return new Group((int) group.numRows(), middle, Math.max(0, bytes));
    }
}
