package io.weft.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/** Writes one flat JSON object on one line (RFC 8259). */
final class JsonLine {
    private final StringBuilder out;
    private boolean first = true;

    JsonLine(StringBuilder out) {
        this.out = out.append('{');
    }

    private void name(String name) {
        if (!first) {
            out.append(',');
        }
        first = false;
        quoted(name);
        out.append(':');
    }

    /** A string, or null. */
    void text(String name, @Nullable String value) {
        name(name);
        if (value == null) {
            out.append("null");
        } else {
            quoted(value);
        }
    }

    /** A string, where it is not empty. */
    void present(String name, String value) {
        if (!value.isEmpty()) {
            text(name, value);
        }
    }

    /** A number or a boolean, or null. */
    void literal(String name, @Nullable String value) {
        name(name);
        out.append(value == null ? "null" : value);
    }

    void end() {
        out.append("}\n");
    }

    private void quoted(String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7F) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
