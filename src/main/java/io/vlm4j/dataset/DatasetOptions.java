package io.vlm4j.dataset;

import io.vlm4j.media.ImageLimits;
import java.util.Objects;

/// How files are read. An immutable value.
///
/// @param onBadRow       whether rows that are no examples are thrown or passed over
/// @param badRows        told of each of them
/// @param imageCheck     how closely pictures are looked at
/// @param imageLimits    what one picture may cost; over it, the row is bad
/// @param maxImages      most pictures of an example, 1 or more
/// @param maxTextLength  most characters of an example, over all messages, 1 or more
/// @param imagesAnywhere whether paths of pictures may lead out of the dataset's folder. Only for files that one
///     trusts: what a picture shows comes out in answers. Addresses on the net are never opened
/// @param captionPrompt  what the user asks where a dataset has captions and no questions; empty: nothing but the
///     picture
public record DatasetOptions(
        OnBadRow onBadRow,
        BadRowListener badRows,
        ImageCheck imageCheck,
        ImageLimits imageLimits,
        int maxImages,
        int maxTextLength,
        boolean imagesAnywhere,
        String captionPrompt) {
    /// Most pictures of an example.
    public static final int DEFAULT_MAX_IMAGES = 64;

    /// Most characters of an example.
    public static final int DEFAULT_MAX_TEXT_LENGTH = 1 << 20;

    /// What captions answer.
    public static final String DEFAULT_CAPTION_PROMPT = "Describe the image.";

    private static final DatasetOptions DEFAULTS = new DatasetOptions(
            OnBadRow.FAIL,
            BadRowListener.NONE,
            ImageCheck.PRESENCE,
            ImageLimits.defaults(),
            DEFAULT_MAX_IMAGES,
            DEFAULT_MAX_TEXT_LENGTH,
            false,
            DEFAULT_CAPTION_PROMPT);

    /// @throws IllegalArgumentException for a limit below 1
    public DatasetOptions {
        Objects.requireNonNull(onBadRow, "onBadRow");
        Objects.requireNonNull(badRows, "badRows");
        Objects.requireNonNull(imageCheck, "imageCheck");
        Objects.requireNonNull(imageLimits, "imageLimits");
        Objects.requireNonNull(captionPrompt, "captionPrompt");
        requirePositive("maxImages", maxImages);
        requirePositive("maxTextLength", maxTextLength);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more: " + value);
        }
    }

    /// Bad rows are thrown, pictures must be there and below the dataset's folder.
    public static DatasetOptions defaults() {
        return DEFAULTS;
    }

    /// Begins with the defaults.
    public static Builder builder() {
        return DEFAULTS.toBuilder();
    }

    /// Begins with these settings.
    public Builder toBuilder() {
        return new Builder(this);
    }

    /// Collects settings.
    public static final class Builder {
        private OnBadRow onBadRow;
        private BadRowListener badRows;
        private ImageCheck imageCheck;
        private ImageLimits imageLimits;
        private int maxImages;
        private int maxTextLength;
        private boolean imagesAnywhere;
        private String captionPrompt;

        private Builder(DatasetOptions options) {
            onBadRow = options.onBadRow;
            badRows = options.badRows;
            imageCheck = options.imageCheck;
            imageLimits = options.imageLimits;
            maxImages = options.maxImages;
            maxTextLength = options.maxTextLength;
            imagesAnywhere = options.imagesAnywhere;
            captionPrompt = options.captionPrompt;
        }

        public Builder onBadRow(OnBadRow value) {
            onBadRow = value;
            return this;
        }

        public Builder badRows(BadRowListener value) {
            badRows = value;
            return this;
        }

        public Builder imageCheck(ImageCheck value) {
            imageCheck = value;
            return this;
        }

        public Builder imageLimits(ImageLimits value) {
            imageLimits = value;
            return this;
        }

        public Builder maxImages(int value) {
            maxImages = value;
            return this;
        }

        public Builder maxTextLength(int value) {
            maxTextLength = value;
            return this;
        }

        public Builder imagesAnywhere(boolean value) {
            imagesAnywhere = value;
            return this;
        }

        public Builder captionPrompt(String value) {
            captionPrompt = value;
            return this;
        }

        /// @throws IllegalArgumentException as the constructor
        public DatasetOptions build() {
            return new DatasetOptions(
                    onBadRow,
                    badRows,
                    imageCheck,
                    imageLimits,
                    maxImages,
                    maxTextLength,
                    imagesAnywhere,
                    captionPrompt);
        }
    }
}
