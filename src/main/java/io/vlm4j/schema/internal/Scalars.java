package io.vlm4j.schema.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The types that are one JSON value. Whole numbers of 32 bits and less say their range, so that what a grammar lets
/// through always fits; the grammar of a larger one has at most 16 digits.
final class Scalars {
    /// A number of more digits than this is refused before it is spelled out.
    private static final int MAX_DIGITS = 1000;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Map<Class<?>, ScalarForm> FORMS = Map.ofEntries(
            Map.entry(boolean.class, bool()),
            Map.entry(Boolean.class, bool()),
            Map.entry(byte.class, integer(Byte.MIN_VALUE, Byte.MAX_VALUE, BigInteger::byteValueExact)),
            Map.entry(Byte.class, integer(Byte.MIN_VALUE, Byte.MAX_VALUE, BigInteger::byteValueExact)),
            Map.entry(short.class, integer(Short.MIN_VALUE, Short.MAX_VALUE, BigInteger::shortValueExact)),
            Map.entry(Short.class, integer(Short.MIN_VALUE, Short.MAX_VALUE, BigInteger::shortValueExact)),
            Map.entry(int.class, integer(Integer.MIN_VALUE, Integer.MAX_VALUE, BigInteger::intValueExact)),
            Map.entry(Integer.class, integer(Integer.MIN_VALUE, Integer.MAX_VALUE, BigInteger::intValueExact)),
            Map.entry(long.class, integer(BigInteger::longValueExact)),
            Map.entry(Long.class, integer(BigInteger::longValueExact)),
            Map.entry(BigInteger.class, integer(number -> number)),
            Map.entry(float.class, number(decimal -> finite(decimal.floatValue()))),
            Map.entry(Float.class, number(decimal -> finite(decimal.floatValue()))),
            Map.entry(double.class, number(decimal -> finite(decimal.doubleValue()))),
            Map.entry(Double.class, number(decimal -> finite(decimal.doubleValue()))),
            Map.entry(BigDecimal.class, number(decimal -> decimal)),
            Map.entry(String.class, text(null, text -> text)),
            Map.entry(LocalDate.class, text("date", LocalDate::parse)),
            Map.entry(LocalTime.class, text("time-local", LocalTime::parse)),
            Map.entry(LocalDateTime.class, text("date-time-local", LocalDateTime::parse)),
            Map.entry(
                    Instant.class,
                    text("date-time", text -> OffsetDateTime.parse(text).toInstant())),
            Map.entry(OffsetDateTime.class, text("date-time", OffsetDateTime::parse)),
            Map.entry(Duration.class, text("duration", Duration::parse)),
            Map.entry(URI.class, text("uri", URI::create)),
            Map.entry(UUID.class, text("uuid", UUID::fromString)));

    private Scalars() {}

    static Optional<ScalarForm> of(Class<?> type) {
        return Optional.ofNullable(FORMS.get(type));
    }

    private static ScalarForm bool() {
        return new ScalarForm(
                JSON.objectNode().put("type", "boolean"),
                JsonNode::booleanValue,
                value -> JSON.booleanNode((Boolean) value));
    }

    private static ScalarForm integer(long min, long max, Function<BigInteger, Object> reader) {
        ScalarForm unbounded = integer(reader);
        ObjectNode schema = unbounded.itself().deepCopy().put("minimum", min).put("maximum", max);
        return new ScalarForm(schema, unbounded.reader(), unbounded.writer());
    }

    private static ScalarForm integer(Function<BigInteger, Object> reader) {
        return new ScalarForm(
                JSON.objectNode().put("type", "integer"),
                node -> reader.apply(whole(node.decimalValue())),
                value -> JSON.numberNode(value instanceof BigInteger big ? big : BigInteger.valueOf(longOf(value))));
    }

    private static long longOf(Object number) {
        return ((Number) number).longValue();
    }

    private static BigInteger whole(BigDecimal number) {
        if ((long) number.precision() - number.scale() > MAX_DIGITS) {
            throw new ArithmeticException("more than " + MAX_DIGITS + " digits");
        }
        return number.toBigIntegerExact();
    }

    private static ScalarForm number(Function<BigDecimal, Object> reader) {
        return new ScalarForm(
                JSON.objectNode().put("type", "number"),
                node -> reader.apply(node.decimalValue()),
                value -> switch (value) {
                    case BigDecimal decimal -> JSON.numberNode(decimal);
                    case Float single ->
                        JSON.numberNode(new BigDecimal(finite(single).toString()));
                    case Double twice ->
                        JSON.numberNode(new BigDecimal(finite(twice).toString()));
                    default -> throw new AssertionError(value.getClass());
                });
    }

    private static Float finite(Float number) {
        if (number.isInfinite() || number.isNaN()) {
            throw new ArithmeticException("no number that a float can hold");
        }
        return number;
    }

    private static Double finite(Double number) {
        if (number.isInfinite() || number.isNaN()) {
            throw new ArithmeticException("no number that a double can hold");
        }
        return number;
    }

    private static ScalarForm text(@Nullable String format, Function<String, Object> reader) {
        ObjectNode schema = JSON.objectNode().put("type", "string");
        if (format != null) {
            schema.put("format", format);
        }
        return new ScalarForm(
                schema, node -> reader.apply(node.stringValue()), value -> JSON.stringNode(spelled(value)));
    }

    /// As `toString`, but for java.time, which leaves out seconds of zero.
    private static String spelled(Object value) {
        return switch (value) {
            case LocalTime time -> DateTimeFormatter.ISO_LOCAL_TIME.format(time);
            case LocalDateTime time -> DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
            case OffsetDateTime time -> DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
            default -> value.toString();
        };
    }
}
