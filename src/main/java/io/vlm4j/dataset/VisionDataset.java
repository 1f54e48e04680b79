package io.vlm4j.dataset;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.internal.CaptionedPictures;
import io.vlm4j.dataset.internal.DatasetFiles;
import io.vlm4j.dataset.internal.IndexedDataset;
import io.vlm4j.dataset.internal.ParquetRows;
import io.vlm4j.dataset.internal.Rows;
import io.vlm4j.dataset.internal.TextRows;
import java.nio.file.Path;
import java.util.List;

/// Opens files of pictures and texts as datasets. What is read at once are footers (parquet) or where rows begin
/// (JSON); rows and pictures are read when they are asked for.
///
/// Rows may have one of four layouts, told apart by the names of their fields or columns; others are passed over:
///
/// | fields | layout |
/// |---|---|
/// | `messages` | list of `role` (`system`, `user`, `assistant`) and `content`: a text, or a list of parts of `type`
/// `text` (`text`) or `image` (`index` into the pictures; without one the next) |
/// | `conversations` | LLaVA's: list of `from` (`human`, `gpt`, `system`) and `value` |
/// | `question`, `answer` | `answer` or `answers` may be a list of texts of which any is right |
/// | `caption` or `text` | what the assistant says when it is asked for the [caption][DatasetOptions#captionPrompt()] |
///
/// and pictures in `images`, `image` or `file_name`, each a path, or the bytes of a file, or a struct of `bytes` and
/// `path` as Hugging Face's `datasets` writes it. In texts without parts, `<image>` is the place of the next picture;
/// where there is none, pictures come before the first question. Paths are relative to the folder in which the file
/// lies and must stay below it, links followed; addresses on the net are never opened.
///
/// A row is bad when it fits no layout, its picture is not there, has more places than pictures or the other way round,
/// an empty message, no answer at the end, or exceeds a limit of the [DatasetOptions]. A damaged file, of which nothing
/// behind the damage can be told, is an exception whatever the options say.
public final class VisionDataset {
    private VisionDataset() {}

    /// As [#open(Path, DatasetOptions)] with the defaults.
    public static Dataset<VisionExample> open(Path path) {
        return open(path, DatasetOptions.defaults());
    }

    /// A file or folder of any kind. A file is parquet by its first bytes, a JSON array by its first character, and
    /// else JSONL. A folder has parquet files, in itself or in its folder `data`, a `metadata.jsonl`, or pictures.
    ///
    /// @throws InvalidFile when it cannot be read, or is of none of these kinds
    public static Dataset<VisionExample> open(Path path, DatasetOptions options) {
        return switch (DatasetFiles.kind(path)) {
            case PARQUET -> parquet(DatasetFiles.shards(path), options);
            case JSONL -> jsonl(DatasetFiles.lines(path), options);
            case JSON_ARRAY -> json(path, options);
            case PICTURES -> folder(path, options);
        };
    }

    /// Parquet files, one behind another. Packed as snappy, zstd, gzip or not at all. Needs the optional dependency
    /// `dev.hardwood:hardwood-core`, and for snappy `org.xerial.snappy:snappy-java`, for zstd
    /// `com.github.luben:zstd-jni`.
    ///
    /// @throws IllegalArgumentException when there are no files
    /// @throws InvalidFile when one is no parquet file, or lacks columns; the message names those that there are
    public static Dataset<VisionExample> parquet(List<Path> files, DatasetOptions options) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no parquet files");
        }
        try {
            return dataset(new ParquetRows(List.copyOf(files), options), options);
        } catch (NoClassDefFoundError e) {
            throw new InvalidFile(
                    files.getFirst()
                            + " is a parquet file; to read it, add dev.hardwood:hardwood-core to the class path",
                    e);
        }
    }

    /// The files of a folder whose names match a pattern such as `train-*.parquet`, in the order of their names.
    ///
    /// @param pattern as in [java.nio.file.FileSystem#getPathMatcher], glob syntax
    /// @throws InvalidFile when none does, and as [#parquet(List, DatasetOptions)]
    public static Dataset<VisionExample> parquet(Path folder, String pattern, DatasetOptions options) {
        return parquet(DatasetFiles.matching(folder, pattern), options);
    }

    /// A JSON object in each line; blank lines are passed over.
    ///
    /// @throws InvalidFile when it cannot be read
    public static Dataset<VisionExample> jsonl(Path file, DatasetOptions options) {
        return dataset(TextRows.ofLines(file, options), options);
    }

    /// One JSON array of objects, as LLaVA publishes its data.
    ///
    /// @throws InvalidFile when it cannot be read or is no JSON array, naming the row before which it breaks
    public static Dataset<VisionExample> json(Path file, DatasetOptions options) {
        return dataset(TextRows.ofArray(file, options), options);
    }

    /// The pictures of a folder in the order of their names, `name.jpg` with its caption in `name.txt`.
    ///
    /// @throws InvalidFile when the folder cannot be read
    public static Dataset<VisionExample> folder(Path folder, DatasetOptions options) {
        return dataset(CaptionedPictures.of(folder, options), options);
    }

    private static Dataset<VisionExample> dataset(Rows<VisionExample> rows, DatasetOptions options) {
        return IndexedDataset.of(rows, options.onBadRow(), options.badRows());
    }
}
