package io.weft.proxy.bootstrap;

import java.util.List;

/** A node of a YAML document, with its line. Mappings have scalar keys that are all different. */
sealed interface YamlNode {
    /** From 1. */
    int line();

    /** For messages: {@code a mapping}. */
    String description();

    /**
     * A scalar.
     *
     * @param plain written without quotes, so that its form decides whether it is a number, a boolean or null
     */
    record Scalar(String text, boolean plain, int line) implements YamlNode {
        boolean isNull() {
            return plain
                    && switch (text) {
                        case "", "~", "null", "Null", "NULL" -> true;
                        default -> false;
                    };
        }

        boolean isBoolean() {
            return plain && (isTrue() || isFalse());
        }

        boolean isTrue() {
            return text.equals("true") || text.equals("True") || text.equals("TRUE");
        }

        boolean isFalse() {
            return text.equals("false") || text.equals("False") || text.equals("FALSE");
        }

        @Override
        public String description() {
            return text;
        }
    }

    record Mapping(List<Entry> entries, int line) implements YamlNode {
        public Mapping {
            entries = List.copyOf(entries);
        }

        @Override
        public String description() {
            return "a mapping";
        }
    }

    record Sequence(List<YamlNode> items, int line) implements YamlNode {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String description() {
            return "a sequence";
        }
    }

    record Entry(String key, int line, YamlNode value) {}
}
