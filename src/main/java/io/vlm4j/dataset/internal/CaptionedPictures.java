package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// The pictures of a folder in the order of their names, each with a caption in the text file of its name.
public final class CaptionedPictures implements Rows<VisionExample>, Rows.Access<VisionExample> {
    private static final Set<String> EXTENSIONS = Set.of("png", "jpg", "jpeg", "gif", "bmp", "webp");

    private final List<Path> pictures;
    private final ImageFolder images;
    private final RowReader reader;
    private final DatasetOptions options;

    private CaptionedPictures(Path folder, List<Path> pictures, DatasetOptions options) {
        this.pictures = pictures;
        this.images = new ImageFolder(folder, options);
        this.reader = new RowReader(images, options);
        this.options = options;
    }

    /// @throws InvalidFile when the folder cannot be read
    public static CaptionedPictures of(Path folder, DatasetOptions options) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> pictures =
                    files.filter(CaptionedPictures::isPicture).sorted().toList();
            return new CaptionedPictures(folder, pictures, options);
        } catch (IOException e) {
            throw new InvalidFile("cannot read the folder " + folder + ": " + e.getMessage(), e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
    }

    @Override
    public int count() {
        return pictures.size();
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public Access<VisionExample> open() {
        return this;
    }

    @Override
    public VisionExample read(int row) throws RowRefusal {
        Path picture = pictures.get(row);
        String name = String.valueOf(picture.getFileName());
        return reader.answered(
                options.captionPrompt(),
                List.of(caption(picture.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt"))),
                List.of(images.image(name)),
                origin(row));
    }

    private String caption(Path file) throws RowRefusal {
        try {
            long size = Files.size(file);
            if (size > TextRows.MAX_ROW_BYTES) {
                throw new RowRefusal("a caption of " + size + " bytes in " + file.getFileName());
            }
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (NoSuchFileException e) {
            throw new RowRefusal("no caption: " + file.getFileName() + " is missing", e);
        } catch (CharacterCodingException e) {
            throw new RowRefusal("no UTF-8 in " + file.getFileName(), e);
        } catch (IOException e) {
            throw new RowRefusal("cannot read " + file.getFileName() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public ExampleOrigin origin(int row) {
        return new ExampleOrigin(pictures.get(row), row + 1L);
    }

    @Override
    public void close() {}
}
