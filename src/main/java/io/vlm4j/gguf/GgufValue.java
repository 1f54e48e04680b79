package io.vlm4j.gguf;

import java.util.List;

/// A metadata value of a GGUF file, with its exact type, so that writing gives back what was read. Immutable;
/// values are equal if type and content are.
///
/// The accessors `asX` convert between types of one kind (any integer as a `long`, any number as a `double`) and
/// throw [IllegalStateException] naming the type for everything else. Scalars and texts live on the Java heap; a
/// [GgufArray] read from a file looks into the mapped file and is valid until that is closed.
public sealed interface GgufValue
        permits GgufValue.Int, GgufValue.Float32, GgufValue.Float64, GgufValue.Bool, GgufText, GgufArray {
    /// The type in the file.
    GgufType type();

    /// The text of a [GgufType#STRING].
    default String asString() {
        throw mismatch("a string");
    }

    /// An integer of any type.
    ///
    /// @throws IllegalStateException also if a [GgufType#U64] exceeds 2^63-1
    default long asLong() {
        throw mismatch("an integer");
    }

    /// A number of any type.
    default double asDouble() {
        throw mismatch("a number");
    }

    /// A truth value.
    default boolean asBool() {
        throw mismatch("a truth value");
    }

    /// The elements of an array, copied to the heap (nested arrays stay views).
    default List<GgufValue> asList() {
        throw mismatch("an array");
    }

    /// The elements of an array of strings, copied to the heap.
    default List<String> asStrings() {
        throw mismatch("an array of strings");
    }

    /// The elements of an array of integers of any type, copied to the heap.
    default long[] asLongs() {
        throw mismatch("an array of integers");
    }

    /// The elements of an array of [GgufType#F32], copied to the heap.
    default float[] asFloats() {
        throw mismatch("an array of F32");
    }

    private IllegalStateException mismatch(String wanted) {
        return new IllegalStateException("GGUF value of type " + type() + " is not " + wanted);
    }

    /// A text.
    ///
    /// @throws IllegalArgumentException if it holds half of a surrogate pair, which UTF-8 cannot express
    static GgufValue of(String text) {
        return new GgufText(Utf8.encode(text));
    }

    /// A truth value.
    static GgufValue of(boolean value) {
        return new Bool(value);
    }

    /// A number of type [GgufType#F32].
    static GgufValue of(float value) {
        return new Float32(value);
    }

    /// An integer of type [GgufType#U32], the type of most sizes and token ids.
    ///
    /// @throws IllegalArgumentException if it is negative or exceeds 2^32-1
    static GgufValue u32(long value) {
        return new Int(GgufType.U32, value);
    }

    /// An integer of type [GgufType#I32].
    static GgufValue i32(int value) {
        return new Int(GgufType.I32, value);
    }

    /// An array of strings.
    ///
    /// @throws IllegalArgumentException if one holds half of a surrogate pair
    static GgufValue strings(List<String> elements) {
        return array(GgufType.STRING, elements.stream().map(GgufValue::of).toList());
    }

    /// An array of integers of this type.
    ///
    /// @throws IllegalArgumentException if the type is not one of integers or does not hold an element
    static GgufValue integers(GgufType type, long... elements) {
        return GgufArray.ofLongs(type, elements);
    }

    /// An array of [GgufType#F32].
    static GgufValue floats(float... elements) {
        return GgufArray.ofFloats(elements);
    }

    /// An array of values that all have this type; arrays nest.
    ///
    /// @throws IllegalArgumentException if an element has another type
    static GgufValue array(GgufType elementType, List<? extends GgufValue> elements) {
        return GgufArray.of(elementType, elements);
    }

    /// An integer.
    ///
    /// @param type one of the eight integer types
    /// @param value the integer; for [GgufType#U64] its 64 bits
    record Int(GgufType type, long value) implements GgufValue {
        /// Checks type and range.
        ///
        /// @throws IllegalArgumentException if the type is not one of integers or does not hold the value
        public Int {
            if (!type.holds(value)) {
                throw new IllegalArgumentException(value + " is not in the range of " + type);
            }
        }

        @Override
        public long asLong() {
            if (type == GgufType.U64 && value < 0) {
                throw new IllegalStateException("GGUF value " + this + " exceeds 2^63-1");
            }
            return value;
        }

        @Override
        public double asDouble() {
            return type == GgufType.U64 && value < 0 ? ((value >>> 1) | (value & 1)) * 2.0 : (double) value;
        }

        @Override
        public String toString() {
            return type == GgufType.U64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    /// A number of type [GgufType#F32].
    ///
    /// @param value the number
    record Float32(float value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.F32;
        }

        @Override
        public double asDouble() {
            return value;
        }

        @Override
        public String toString() {
            return Float.toString(value);
        }
    }

    /// A number of type [GgufType#F64].
    ///
    /// @param value the number
    record Float64(double value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.F64;
        }

        @Override
        public double asDouble() {
            return value;
        }

        @Override
        public String toString() {
            return Double.toString(value);
        }
    }

    /// A truth value.
    ///
    /// @param value the truth
    record Bool(boolean value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.BOOL;
        }

        @Override
        public boolean asBool() {
            return value;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }
}
