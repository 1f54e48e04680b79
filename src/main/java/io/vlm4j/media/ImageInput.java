package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/// A picture, given as a file, as encoded bytes, or as raw pixels.
///
/// Encoded pictures are PNG, JPEG, GIF (first frame), BMP, or WebP (with the optional dependency
/// `com.twelvemonkeys.imageio:imageio-webp`); their content decides, not the file's name. They are turned upright
/// as their EXIF orientation says. What is transparent becomes what its colour channels hold: alpha is dropped, not
/// blended, and colour profiles are ignored, as Pillow's `convert("RGB")` does.
///
/// Making an input reads nothing (except from a stream) and checks no content: that happens in [#decode()], or in
/// the call that the input is handed to. Arrays, buffers and memory are **borrowed**: keep them unchanged until the
/// call that uses the input returns.
///
/// Immutable, and thread-safe as far as borrowed memory is.
public final class ImageInput implements Media {
    private final ImageSource source;
    private final ImageLimits limits;

    private ImageInput(ImageSource source, ImageLimits limits) {
        this.source = source;
        this.limits = limits;
    }

    static ImageInput of(ImageSource source) {
        return new ImageInput(source, ImageLimits.defaults());
    }

    /// A picture in a file, which is read at each decoding.
    public static ImageInput of(Path file) {
        return of(EncodedPicture.of(file));
    }

    /// A picture as the bytes of a file; borrowed.
    public static ImageInput of(byte[] encoded) {
        return of(EncodedPicture.of(encoded));
    }

    /// A picture as the bytes of a file; borrowed.
    ///
    /// @param description what it is, for messages, such as the name that it was sent under
    public static ImageInput of(byte[] encoded, String description) {
        return of(new EncodedPicture(new EncodedBytes(encoded, description)));
    }

    /// Reads a picture from a stream, to its end, within the [default limits][ImageLimits#defaults()]. The
    /// stream is not closed.
    ///
    /// @throws InvalidMedia when reading fails, or the stream holds more bytes than allowed
    public static ImageInput of(InputStream encoded) {
        return of(encoded, ImageLimits.defaults());
    }

    /// Reads a picture from a stream, to its end, within `limits`, which the input keeps. The stream is not closed.
    ///
    /// @throws InvalidMedia when reading fails, or the stream holds more bytes than allowed
    public static ImageInput of(InputStream encoded, ImageLimits limits) {
        try {
            EncodedSource bytes = EncodedSource.readAll(encoded, "image stream", limits.maxBytes());
            return of(new EncodedPicture(bytes)).withLimits(limits);
        } catch (IOException e) {
            throw new InvalidMedia("the image stream cannot be read: " + e.getMessage(), e);
        }
    }

    /// Raw pixels: `height` rows of `width` pixels, each 3 bytes (red, green, blue), from the top, without gaps.
    ///
    /// The memory is borrowed; native memory is used in place, an array's is copied once per decoding. A
    /// segment that belongs to one thread can be decoded by that thread only.
    ///
    /// @throws IllegalArgumentException unless both sides are positive and `pixels` has `width * height * 3` bytes
    public static ImageInput ofRgb(int width, int height, MemorySegment pixels) {
        return of(new RgbMemory(width, height, pixels));
    }

    /// Raw pixels between a buffer's position and its limit, which stay where they are; else as
    /// [#ofRgb(int, int, MemorySegment)].
    ///
    /// @throws IllegalArgumentException unless both sides are positive and `width * height * 3` bytes remain
    public static ImageInput ofRgb(int width, int height, ByteBuffer pixels) {
        return ofRgb(width, height, MemorySegment.ofBuffer(pixels));
    }

    /// The same picture, held to other limits. They concern encoded pictures; raw pixels are there already.
    public ImageInput withLimits(ImageLimits newLimits) {
        return new ImageInput(source, newLimits);
    }

    /// What decoding may cost.
    public ImageLimits limits() {
        return limits;
    }

    @Override
    public String description() {
        return source.description();
    }

    /// Decodes the picture into memory of its own (raw native pixels stay where they are). The caller closes
    /// the result.
    ///
    /// Encoded pictures need the native libraries, WebP excepted. They pass the heap by: a file goes from disk
    /// to native memory, and from there to native pixels.
    ///
    /// @throws InvalidMedia naming the source, the format and what is wrong: the file is missing, empty, cut
    ///     off, damaged, not a picture, of an unsupported kind, or over a limit
    public Pixels decode() {
        return source.decode(limits);
    }

    /// The picture as a file's bytes: those that it is made of, or a PNG of its pixels.
    ///
    /// @throws InvalidMedia as [#decode()], as far as it must be read for that
    public byte[] encoded() {
        return source.encoded(limits);
    }

    /// SHA-256 of the encoded bytes, as 64 hexadecimal digits, for who may have seen the same picture before.
    /// Nothing is decoded, nor checked but the limit of bytes.
    ///
    /// @return empty for files, which are read at each decoding, and for raw pixels
    /// @throws InvalidMedia when there are more bytes than allowed
    public Optional<String> bytesSha256() {
        return source.bytesSha256(limits);
    }

    /// As [#description()].
    @Override
    public String toString() {
        return description();
    }
}
