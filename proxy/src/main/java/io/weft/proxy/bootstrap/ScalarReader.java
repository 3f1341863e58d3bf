package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.WireFormat.FieldType;
import io.weft.core.violation.NearestName;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Scalars as the proto3 JSON mapping writes them. In YAML a plain {@code 0x1f} or {@code 0644} is an integer, as Envoy reads it; a
 * plain integer or boolean is not a string.
 */
final class ScalarReader {
    private static final Pattern HEXADECIMAL = Pattern.compile("[-+]?0x[0-9a-fA-F]{1,16}");
    private static final Pattern OCTAL = Pattern.compile("[-+]?0[0-7]{1,22}");
    private static final Pattern DECIMAL = Pattern.compile("[-+]?[0-9]{1,40}");
    /** The exponent is short, so that no number unfolds into gigabytes of digits. */
    private static final Pattern NUMBER =
            Pattern.compile("[-+]?(?:[0-9]{1,400}(?:\\.[0-9]{0,400})?|\\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?");

    private static final BigInteger UINT64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    private final Findings findings;
    private final Definitions definitions;

    ScalarReader(Findings findings, Definitions definitions) {
        this.findings = findings;
        this.definitions = definitions;
    }

    /** The value in the form of {@link FieldValues}, or null with a violation. */
    @Nullable
    Object read(FieldDefinition field, YamlNode node, String path) {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            findings.mismatch(path, node, "expected " + expectation(field));
            return null;
        }
        return switch (field.type()) {
            case BOOL -> bool(scalar, path);
            case STRING -> string(scalar, path);
            case BYTES -> bytes(scalar, path);
            case ENUM -> enumValue(definitions.enumOf(field), scalar, path);
            case FLOAT, DOUBLE -> floating(field, scalar, path);
            case INT32, SINT32, SFIXED32, UINT32, FIXED32 -> {
                BigInteger value = integer(field, scalar, path);
                yield value == null ? null : (Object) value.intValue();
            }
            case INT64, SINT64, SFIXED64, UINT64, FIXED64 -> {
                BigInteger value = integer(field, scalar, path);
                yield value == null ? null : (Object) value.longValue();
            }
            case MESSAGE, GROUP -> throw new IllegalArgumentException(field.name() + " is no scalar");
        };
    }

    private @Nullable Object bool(YamlNode.Scalar scalar, String path) {
        if (scalar.isBoolean()) {
            return scalar.isTrue();
        }
        boolean quoted = scalar.text().equals("true") || scalar.text().equals("false");
        findings.mismatch(path, scalar, "expected true or false", quoted ? "write it without quotes" : "");
        return null;
    }

    private @Nullable String string(YamlNode.Scalar scalar, String path) {
        if (scalar.isBoolean() || (scalar.plain() && plainInteger(scalar.text()).isPresent())) {
            findings.mismatch(path, scalar, "expected a string", "put it in quotes");
            return null;
        }
        return scalar.text();
    }

    private @Nullable ByteString bytes(YamlNode.Scalar scalar, String path) {
        // The mapping allows both alphabets, with or without padding.
        String standard = scalar.text().replace('-', '+').replace('_', '/');
        try {
            return ByteString.copyFrom(Base64.getDecoder().decode(standard));
        } catch (IllegalArgumentException e) {
            findings.mismatch(path, scalar, "expected bytes in base64");
            return null;
        }
    }

    private @Nullable Object enumValue(EnumDefinition type, YamlNode.Scalar scalar, String path) {
        OptionalInt byName = type.numberOf(scalar.text());
        if (byName.isPresent()) {
            return byName.getAsInt();
        }
        Optional<Integer> byNumber = plainInteger(scalar.text())
                .filter(number -> number.bitLength() < Integer.SIZE)
                .map(BigInteger::intValue)
                .filter(type.numbers()::contains);
        if (byNumber.isPresent()) {
            return byNumber.get();
        }
        findings.mismatch(
                path,
                scalar,
                "expected one of " + String.join(", ", type.names()),
                scalar.text().isEmpty() ? "" : NearestName.hint(scalar.text(), type.names()));
        return null;
    }

    private @Nullable Object floating(FieldDefinition field, YamlNode.Scalar scalar, String path) {
        Optional<Double> value = number(scalar);
        boolean isFloat = field.type() == FieldType.FLOAT;
        if (value.isPresent() && (!isFloat || fitsFloat(value.get()))) {
            // Two branches, since a conditional expression of a float and a double is a double.
            if (isFloat) {
                return value.get().floatValue();
            }
            return value.get();
        }
        findings.mismatch(path, scalar, "expected " + expectation(field));
        return null;
    }

    /** The number that a scalar writes, quoted or not, as a double; also NaN and the infinities by name. */
    static Optional<Double> number(YamlNode.Scalar scalar) {
        return switch (scalar.text()) {
            case "NaN" -> Optional.of(Double.NaN);
            case "Infinity" -> Optional.of(Double.POSITIVE_INFINITY);
            case "-Infinity" -> Optional.of(Double.NEGATIVE_INFINITY);
            default -> finiteNumber(scalar);
        };
    }

    private static Optional<Double> finiteNumber(YamlNode.Scalar scalar) {
        Optional<Double> integer =
                scalar.plain() ? plainInteger(scalar.text()).map(BigInteger::doubleValue) : Optional.empty();
        if (integer.isPresent()) {
            return integer;
        }
        return NUMBER.matcher(scalar.text()).matches()
                ? Optional.of(Double.valueOf(scalar.text())).filter(Double::isFinite)
                : Optional.empty();
    }

    private static boolean fitsFloat(double value) {
        return !Double.isFinite(value) || Math.abs(value) <= Float.MAX_VALUE;
    }

    private @Nullable BigInteger integer(FieldDefinition field, YamlNode.Scalar scalar, String path) {
        Optional<BigInteger> value = scalar.plain() ? plainInteger(scalar.text()) : Optional.empty();
        if (value.isEmpty() && NUMBER.matcher(scalar.text()).matches()) {
            // The mapping takes 1e3 and 5.0 for integers too.
            BigDecimal number = new BigDecimal(scalar.text()).stripTrailingZeros();
            value = number.scale() <= 0 ? Optional.of(number.toBigInteger()) : Optional.empty();
        }
        if (value.isPresent()
                && value.get().compareTo(minimum(field)) >= 0
                && value.get().compareTo(maximum(field)) <= 0) {
            return value.get();
        }
        findings.mismatch(path, scalar, "expected " + expectation(field));
        return null;
    }

    static Optional<BigInteger> plainInteger(String text) {
        if (HEXADECIMAL.matcher(text).matches()) {
            return Optional.of(new BigInteger(text.replaceFirst("0x", ""), 16));
        }
        if (OCTAL.matcher(text).matches()) {
            return Optional.of(new BigInteger(text, 8));
        }
        return DECIMAL.matcher(text).matches() ? Optional.of(new BigInteger(text)) : Optional.empty();
    }

    /** What the field takes, in words. */
    static String expectation(FieldDefinition field) {
        return switch (field.type()) {
            case BOOL -> "true or false";
            case STRING -> "a string";
            case BYTES -> "bytes in base64";
            case ENUM -> "a value of " + field.simpleTypeName();
            case FLOAT, DOUBLE -> "a number";
            case MESSAGE, GROUP -> "a mapping (" + field.simpleTypeName() + ")";
            case INT32, SINT32, SFIXED32, UINT32, FIXED32, INT64, SINT64, SFIXED64, UINT64, FIXED64 ->
                "an integer from " + minimum(field) + " to " + maximum(field);
        };
    }

    private static BigInteger minimum(FieldDefinition field) {
        return switch (field.type()) {
            case INT32, SINT32, SFIXED32 -> BigInteger.valueOf(Integer.MIN_VALUE);
            case INT64, SINT64, SFIXED64 -> BigInteger.valueOf(Long.MIN_VALUE);
            default -> BigInteger.ZERO;
        };
    }

    private static BigInteger maximum(FieldDefinition field) {
        return switch (field.type()) {
            case INT32, SINT32, SFIXED32 -> BigInteger.valueOf(Integer.MAX_VALUE);
            case INT64, SINT64, SFIXED64 -> BigInteger.valueOf(Long.MAX_VALUE);
            case UINT32, FIXED32 -> BigInteger.valueOf(0xFFFF_FFFFL);
            default -> UINT64_MAX;
        };
    }
}
