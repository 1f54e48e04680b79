package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The vocabulary of a sentencepiece model, which is a protocol buffer; everything else in it is passed over.
///
/// Source: sentencepiece_model.proto (`ModelProto`, `SentencePiece`) and the encoding of protocol buffers.
///
/// @param pieces all tokens, in the order of their ids
record SentencePieceModel(List<Piece> pieces) {
    private static final long LONGEST = 64L << 20;
    private static final int MOST_PIECES = 1 << 20;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    /// @param kind as in `SentencePiece.Type`: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
    record Piece(String text, float score, int kind) {}

    static SentencePieceModel read(Path file) {
        try {
            long size = Files.size(file);
            if (size > LONGEST) {
                throw new InvalidFile(file + " has " + size + " bytes, more than the " + LONGEST + " allowed");
            }
            return new SentencePieceModel(
                    pieces(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)));
        } catch (BufferUnderflowException | IllegalArgumentException | CharacterCodingException e) {
            throw new InvalidFile(file + " is not a sentencepiece model, or cut off: " + e, e);
        } catch (IOException e) {
            throw new InvalidFile(file + " cannot be read: " + e, e);
        }
    }

    private static List<Piece> pieces(ByteBuffer model) throws CharacterCodingException {
        List<Piece> pieces = new ArrayList<>();
        while (model.hasRemaining()) {
            long tag = varint(model);
            if (tag == field(1, BYTES)) {
                if (pieces.size() == MOST_PIECES) {
                    throw new IllegalArgumentException("more than " + MOST_PIECES + " pieces");
                }
                pieces.add(piece(bytes(model)));
            } else {
                skip(model, tag);
            }
        }
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("no pieces");
        }
        return pieces;
    }

    private static Piece piece(ByteBuffer message) throws CharacterCodingException {
        String text = "";
        float score = 0;
        int kind = 1;
        while (message.hasRemaining()) {
            long tag = varint(message);
            if (tag == field(1, BYTES)) {
                text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(bytes(message))
                        .toString();
            } else if (tag == field(2, FIXED32)) {
                score = message.getFloat();
            } else if (tag == field(3, VARINT)) {
                kind = (int) varint(message);
            } else {
                skip(message, tag);
            }
        }
        if (!Float.isFinite(score)) {
            throw new IllegalArgumentException("the score of '" + text + "' is " + score);
        }
        return new Piece(text, score, kind);
    }

    /// The number before a field.
    private static long field(int number, int kind) {
        return ((long) number << 3) | kind;
    }

    private static void skip(ByteBuffer message, long tag) {
        switch ((int) (tag & 7)) {
            case VARINT -> varint(message);
            case FIXED64 -> message.getLong();
            case BYTES -> bytes(message);
            case FIXED32 -> message.getInt();
            default -> throw new IllegalArgumentException("a field of the unknown kind " + (tag & 7));
        }
    }

    private static ByteBuffer bytes(ByteBuffer message) {
        long length = varint(message);
        if (length < 0 || length > message.remaining()) {
            throw new IllegalArgumentException(length + " bytes where " + message.remaining() + " are left");
        }
        ByteBuffer bytes = message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        message.position(message.position() + (int) length);
        return bytes;
    }

    private static long varint(ByteBuffer message) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = message.get();
            number |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }
}
