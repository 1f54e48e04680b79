package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A sound, given as a file, as encoded bytes, or as raw samples.
///
/// Encoded sounds are WAV, MP3 or FLAC; their content decides, not the file's name. Several channels are mixed to one,
/// and the sound is brought to the rate that is asked for, which for a model is
/// [its own][io.vlm4j.model.Projector#audioSampleRate()].
///
/// Making an input reads nothing (except from a stream) and checks no content: that happens in [#decode], or in the
/// call that the input is handed to. Arrays and memory are **borrowed**: keep them unchanged until the call that uses
/// the input returns.
///
/// Immutable, and thread-safe as far as borrowed memory is.
public final class AudioInput implements Media {
    private final AudioSource source;
    private final AudioLimits limits;

    private AudioInput(AudioSource source, AudioLimits limits) {
        this.source = source;
        this.limits = limits;
    }

    private static AudioInput of(AudioSource source) {
        return new AudioInput(source, AudioLimits.defaults());
    }

    /// A sound in a file, which is read at each decoding.
    public static AudioInput of(Path file) {
        return of(EncodedSound.of(file));
    }

    /// A sound as the bytes of a file; borrowed.
    public static AudioInput of(byte[] encoded) {
        return of(EncodedSound.of(encoded));
    }

    /// A sound as the bytes of a file; borrowed.
    ///
    /// @param description what it is, for messages, such as the name that it was sent under
    public static AudioInput of(byte[] encoded, String description) {
        return of(new EncodedSound(new EncodedBytes(encoded, description)));
    }

    /// Reads a sound from a stream, to its end, within the [default limits][AudioLimits#defaults()]. The stream is
    /// not closed.
    ///
    /// @throws InvalidMedia when reading fails, or the stream holds more bytes than allowed
    public static AudioInput of(InputStream encoded) {
        return of(encoded, AudioLimits.defaults());
    }

    /// Reads a sound from a stream, to its end, within `limits`, which the input keeps. The stream is not closed.
    ///
    /// @throws InvalidMedia when reading fails, or the stream holds more bytes than allowed
    public static AudioInput of(InputStream encoded, AudioLimits limits) {
        try {
            EncodedSource bytes = EncodedSource.readAll(encoded, "sound stream", limits.maxBytes());
            return new AudioInput(new EncodedSound(bytes), limits);
        } catch (IOException e) {
            throw new InvalidMedia("the sound stream cannot be read: " + e.getMessage(), e);
        }
    }

    /// Raw samples of one channel, silence at 0, full loudness from -1 to 1; borrowed.
    ///
    /// @param sampleRate samples a second; 1,000 to 384,000
    /// @throws IllegalArgumentException when there are none, or the rate is out of its range
    public static AudioInput ofSamples(int sampleRate, float[] samples) {
        return ofSamples(sampleRate, MemorySegment.ofArray(samples));
    }

    /// Raw samples of one channel, 4-byte floats in the machine's byte order.
    ///
    /// The memory is borrowed; native memory is used in place when the rate is the one asked for, else samples are
    /// copied once per decoding. A segment that belongs to one thread can be decoded by that thread only.
    ///
    /// @param sampleRate samples a second; 1,000 to 384,000
    /// @throws IllegalArgumentException when there are none, `samples` are no whole floats, or the rate is out of
    ///     its range
    public static AudioInput ofSamples(int sampleRate, MemorySegment samples) {
        return of(new SampleMemory(sampleRate, samples));
    }

    /// The same sound, held to other limits. Raw samples of the rate asked for are there already, and are not held
    /// to them.
    public AudioInput withLimits(AudioLimits newLimits) {
        return new AudioInput(source, newLimits);
    }

    /// What decoding may cost.
    public AudioLimits limits() {
        return limits;
    }

    @Override
    public String description() {
        return source.description();
    }

    /// Decodes the sound into memory of its own (raw native samples of this rate stay where they are). The caller
    /// closes the result.
    ///
    /// Encoded sounds and raw ones of another rate need the native libraries.
    ///
    /// @param sampleRate samples a second of the result; 1,000 to 384,000
    /// @throws InvalidMedia naming the source, the format and what is wrong: the file is missing, empty, cut off,
    ///     damaged, not a sound, without any sound in it, or over a limit; or a sample is infinite or no number
    /// @throws IllegalArgumentException when the rate is out of its range
    public Samples decode(int sampleRate) {
        AudioDecoder.checkRate(sampleRate);
        return source.decode(sampleRate, limits);
    }

    /// The sound as a file's bytes: those that it is made of, or a WAV of its samples.
    ///
    /// @throws InvalidMedia as [#decode], as far as it must be read for that
    public byte[] encoded() {
        return source.encoded(limits);
    }

    /// As [#description()].
    @Override
    public String toString() {
        return description();
    }
}
