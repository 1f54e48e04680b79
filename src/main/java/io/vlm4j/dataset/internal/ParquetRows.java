package io.vlm4j.dataset.internal;

import dev.hardwood.reader.ColumnReaders;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowGroupPredicate;
import dev.hardwood.schema.ColumnProjection;
import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The rows of parquet files, one file behind another. One row group of one file is read at a time, in small
/// batches, so memory does not grow with files. Hardwood keeps up to eight unpacked pages of a column beside the
/// batches, which for pictures is the row group, or eight of the pages that the writer made of it.
public final class ParquetRows implements Rows<VisionExample> {
    /// What a batch of rows should hold at most, unpacked, by the average of its row group. Hardwood has up to four
    /// batches of each column at a time.
    private static final long BATCH_BYTES = 2L << 20;

    private static final int MOST_BATCH_ROWS = 1024;

    /// How long a batch may take before the file is taken for damaged.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Block> blocks = new ArrayList<>();
    private final int[] firstRows; // of each block, and the end
    private final DatasetOptions options;

    /// A row group.
    ///
    /// @param firstInFile the number that its first row has in its file
    private record Block(ParquetShard shard, ParquetShard.Group group, long firstInFile) {}

    /// Reads the footers of all files.
    ///
    /// @throws InvalidFile when one is no parquet file, or lacks the columns of an example
    public ParquetRows(List<Path> files, DatasetOptions options) {
        this.options = options;
        long rows = 0;
        for (Path file : files) {
            ParquetShard shard = ParquetShard.read(file);
            long first = 0;
            for (ParquetShard.Group group : shard.groups()) {
                blocks.add(new Block(shard, group, first));
                first += group.rows();
            }
            rows += first;
        }
        if (rows > Integer.MAX_VALUE - 8) {
            throw new InvalidFile(files.getFirst() + " and those behind it have too many rows: " + rows);
        }
        firstRows = new int[blocks.size() + 1];
        for (int i = 0; i < blocks.size(); i++) {
            firstRows[i + 1] = firstRows[i] + blocks.get(i).group().rows();
        }
    }

    @Override
    public int count() {
        return firstRows[blocks.size()];
    }

    @Override
    public boolean isRandomAccess() {
        return false;
    }

    @Override
    public int block(int row) {
        int found = Arrays.binarySearch(firstRows, row);
        int block = found >= 0 ? found : -found - 2;
        while (firstRows[block + 1] == row) { // row groups without rows
            block++;
        }
        return block;
    }

    @Override
    public Access<VisionExample> open() {
        return new Reading();
    }

    private ExampleOrigin origin(int block, int row) {
        Block found = blocks.get(block);
        return new ExampleOrigin(found.shard().file(), found.firstInFile() + row - firstRows[block] + 1);
    }

    private final class Reading implements Access<VisionExample> {
        private @Nullable OpenGroup open;

        @Override
        public VisionExample read(int row) throws RowRefusal {
            int block = block(row);
            OpenGroup group = open;
            if (group == null || group.block != block || row < group.first) {
                close();
                group = new OpenGroup(block);
                open = group;
            }
            return group.read(row);
        }

        @Override
        public ExampleOrigin origin(int row) {
            return ParquetRows.this.origin(block(row), row);
        }

        @Override
        public void close() {
            if (open != null) {
                open.close();
                open = null;
            }
        }
    }

    /// A row group that is being read. What hardwood throws at damaged pages is of many kinds, so all are taken for
    /// damage.
    private final class OpenGroup {
        private final int block;
        private final Path file;
        private final ParquetFileReader reader;
        private final ColumnReaders columns;
        private final ParquetBatch batch;
        private final RowReader rows;
        private int first; // row of the current batch
        private int length;

        OpenGroup(int block) {
            this.block = block;
            this.first = firstRows[block];
            ParquetShard shard = blocks.get(block).shard();
            ParquetShard.Group group = blocks.get(block).group();
            this.file = shard.file();
            this.rows = new RowReader(ImageFolder.of(file, options), options);
            try {
                this.reader = ParquetShard.open(file);
            } catch (IOException | RuntimeException e) {
                throw ParquetShard.invalid(file, e);
            }
            try {
                this.columns = reader.buildColumnReaders(
                                ColumnProjection.columns(shard.columns().toArray(String[]::new)))
                        .filter(RowGroupPredicate.byteRange(group.middle(), group.middle() + 1))
                        .batchSize(batchRows(group))
                        .build();
                this.batch = new ParquetBatch(columns, reader.getFileSchema(), shard.columns(), options);
            } catch (RuntimeException e) {
                close(reader);
                throw ParquetShard.invalid(file, e);
            }
        }

        private static int batchRows(ParquetShard.Group group) {
            long average = Math.max(1, group.bytes() / Math.max(1, group.rows()));
            return Math.clamp(BATCH_BYTES / average, 1, MOST_BATCH_ROWS);
        }

        VisionExample read(int row) throws RowRefusal {
            while (row >= first + length) {
                advance();
            }
            try {
                return rows.read(batch.row(row - first), ParquetRows.this.origin(block, row));
            } catch (Vlm4jException e) {
                throw e;
            } catch (RuntimeException e) {
                throw ParquetShard.invalid(file, e);
            }
        }

        private void advance() {
            int next = first + length;
            if (!nextBatch(next)) {
                throw new InvalidFile(
                        ParquetRows.this.origin(block, next) + ": the row group ends before the file says so");
            }
            first = next;
            length = columns.getRecordCount();
        }

        /// Hardwood decodes in threads of its own and waits for them for ever: also when one has died of an error at a
        /// damaged page, and it takes an interruption for the end. So the wait is another thread's, and ours is
        /// bounded.
        private boolean nextBatch(int next) {
            FutureTask<Boolean> task = new FutureTask<>(columns::nextBatch);
            Thread.ofVirtual().start(task);
            try {
                return task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Vlm4jException.Cancelled("interrupted before " + ParquetRows.this.origin(block, next));
            } catch (ExecutionException e) {
                throw new InvalidFile(
                        ParquetRows.this.origin(block, next) + ": the file is damaged: " + e.getCause(), e);
            } catch (TimeoutException e) {
                throw new InvalidFile(
                        ParquetRows.this.origin(block, next) + ": the file is damaged: its pages cannot be decoded", e);
            } finally {
                task.cancel(true);
            }
        }

        void close() {
            try (columns) {
                close(reader);
            }
        }

        private void close(ParquetFileReader open) {
            try {
                open.close();
            } catch (IOException e) {
                throw ParquetShard.invalid(file, e);
            }
        }
    }
}
