package io.weft.core.violation;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with an input.
 *
 * @param path the field, as its user would write it: {@code spec.rules[0].matches[1].path.value}
 * @param value what was found, shortened where it is long; empty where nothing was
 * @param expected what would have been right
 * @param hint what to do: the nearest known name, a remedy; empty where there is none
 * @param location file and line, where the input has them
 */
public record Violation(
        String path,
        String value,
        String expected,
        String hint,
        @Nullable SourceLocation location) {
    private static final int MAX_VALUE = 120;

    public Violation {
        if (value.length() > MAX_VALUE) {
            value = value.substring(0, MAX_VALUE) + "…";
        }
    }

    public static Violation at(String path, String value, String expected) {
        return new Violation(path, value, expected, "", null);
    }

    public Violation withHint(String newHint) {
        return new Violation(path, value, expected, newHint, location);
    }

    public Violation withLocation(@Nullable SourceLocation newLocation) {
        return new Violation(path, value, expected, hint, newLocation);
    }

    /** The same violation, seen from the parent that holds {@code path} under {@code prefix}. */
    public Violation under(String prefix) {
        String joined = path.isEmpty() ? prefix : path.startsWith("[") ? prefix + path : prefix + "." + path;
        return new Violation(joined, value, expected, hint, location);
    }

    /** One line: {@code file:line: path: "value": expected ... (hint)}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (location != null) {
            text.append(location).append(": ");
        }
        if (!path.isEmpty()) {
            text.append(path).append(": ");
        }
        if (!value.isEmpty()) {
            text.append('"').append(value).append("\": ");
        }
        text.append(expected);
        if (!hint.isEmpty()) {
            text.append(" (").append(hint).append(')');
        }
        return text.toString();
    }
}
