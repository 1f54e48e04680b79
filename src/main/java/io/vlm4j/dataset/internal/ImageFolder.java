package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ImageCheck;
import io.vlm4j.media.ImageFormat;
import io.vlm4j.media.ImageHeader;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Makes pictures of paths below a folder, and of bytes, as closely checked as the options say.
final class ImageFolder {
    private static final int FORMAT_BYTES = 12;

    private final Path folder;
    private final DatasetOptions options;

    ImageFolder(Path folder, DatasetOptions options) {
        this.folder = folder.toAbsolutePath().normalize();
        this.options = options;
    }

    /// The folder in which a file lies.
    static ImageFolder of(Path file, DatasetOptions options) {
        return new ImageFolder(
                Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow(), options);
    }

    ImageInput image(String name) throws RowRefusal {
        Path file = file(name);
        ImageInput image = ImageInput.of(file).withLimits(options.imageLimits());
        try {
            if (options.imageCheck() == ImageCheck.HEADER) {
                ImageHeader.read(file, options.imageLimits());
            }
        } catch (InvalidMedia e) {
            throw new RowRefusal(String.valueOf(e.getMessage()), e);
        }
        return decodable(image);
    }

    private Path file(String name) throws RowRefusal {
        boolean anywhere = options.imagesAnywhere();
        try {
            Path image = folder.resolve(name).normalize();
            if (!anywhere && !image.startsWith(folder)) {
                throw new RowRefusal("the picture is outside the file's folder: " + name);
            }
            if (!Files.isRegularFile(image)) {
                throw new RowRefusal("no such picture: " + name);
            }
            if (!anywhere && !image.toRealPath().startsWith(folder.toRealPath())) {
                throw new RowRefusal("the picture is outside the file's folder: " + name);
            }
            return image;
        } catch (InvalidPathException | IOException e) {
            throw new RowRefusal("not the path of a picture: " + name, e);
        }
    }

    /// @param encoded kept, not copied
    ImageInput image(byte[] encoded) throws RowRefusal {
        requireSize(encoded.length);
        if (ImageFormat.of(Arrays.copyOf(encoded, FORMAT_BYTES)).isEmpty()) {
            throw new RowRefusal("no picture of a known format in " + encoded.length + " bytes");
        }
        try {
            if (options.imageCheck() == ImageCheck.HEADER) {
                ImageHeader.read(encoded, options.imageLimits());
            }
        } catch (InvalidMedia e) {
            throw new RowRefusal(String.valueOf(e.getMessage()), e);
        }
        return decodable(ImageInput.of(encoded).withLimits(options.imageLimits()));
    }

    void requireSize(long bytes) throws RowRefusal {
        if (bytes > options.imageLimits().maxBytes()) {
            throw new RowRefusal("a picture of " + bytes + " bytes is over the limit of "
                    + options.imageLimits().maxBytes());
        }
    }

    private ImageInput decodable(ImageInput image) throws RowRefusal {
        if (options.imageCheck() == ImageCheck.DECODE) {
            try (Pixels _ = image.decode()) {
                return image;
            } catch (InvalidMedia e) {
                throw new RowRefusal(String.valueOf(e.getMessage()), e);
            }
        }
        return image;
    }
}
