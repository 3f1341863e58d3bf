package io.weft.resource.codec;

import java.util.Optional;
import java.util.regex.Pattern;

/** What an unquoted scalar means: the core schema of YAML 1.2 (section 10.3.2). In it "no", "on" and "012" are not what YAML 1.1 made of them. */
final class PlainScalars {
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}");
    private static final Pattern FLOAT =
            Pattern.compile("[-+]?(\\.[0-9]{1,60}|[0-9]{1,60}(\\.[0-9]{0,60})?)([eE][-+]?[0-9]{1,9})?"
                    + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

    private PlainScalars() {}

    static Node.Scalar.Kind kind(String text) {
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> Node.Scalar.Kind.NULL;
            case "true", "True", "TRUE", "false", "False", "FALSE" -> Node.Scalar.Kind.BOOLEAN;
            default ->
                INTEGER.matcher(text).matches()
                        ? Node.Scalar.Kind.INTEGER
                        : FLOAT.matcher(text).matches() ? Node.Scalar.Kind.FLOAT : Node.Scalar.Kind.STRING;
        };
    }

    /** Empty where it does not fit 64 bits. */
    static Optional<Long> parseInteger(String text) {
        try {
            if (text.startsWith("0o")) {
                return Optional.of(Long.parseLong(text.substring(2), 8));
            }
            if (text.startsWith("0x")) {
                return Optional.of(Long.parseLong(text.substring(2), 16));
            }
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException tooLarge) {
            return Optional.empty();
        }
    }
}
