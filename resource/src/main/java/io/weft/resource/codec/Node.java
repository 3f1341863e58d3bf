package io.weft.resource.codec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value of a document, with its line. The reading methods forgive: what is absent or of another type reads as empty. The checks against
 * the schema have told of it already, and the rules can look at the rest.
 */
sealed interface Node {
    int line();

    /** What the value is, for messages. */
    String type();

    /** The text of a scalar that is not null; else empty. */
    default String text() {
        return this instanceof Scalar scalar && scalar.kind() != Scalar.Kind.NULL ? scalar.text() : "";
    }

    default boolean isNull() {
        return this instanceof Scalar scalar && scalar.kind() == Scalar.Kind.NULL;
    }

    default Mapping mapping() {
        return this instanceof Mapping mapping ? mapping : Mapping.empty(line());
    }

    default List<Node> items() {
        return this instanceof Sequence sequence ? sequence.items() : List.of();
    }

    /** Where the text of a mapping stands in its source: offsets in characters, the end exclusive. */
    record Span(int start, int end, int column) {
        static final Span NONE = new Span(0, 0, 0);
    }

    record Entry(int line, Node value) {}

    /** A mapping; its entries keep the order in which they were written. */
    record Mapping(int line, Map<String, Entry> entries, Span span) implements Node {
        static Mapping empty(int line) {
            return new Mapping(line, Map.of(), Span.NONE);
        }

        @Override
        public String type() {
            return "a mapping";
        }

        boolean has(String name) {
            return get(name) != null;
        }

        @Nullable
        Node get(String name) {
            Entry entry = entries.get(name);
            return entry == null || entry.value().isNull() ? null : entry.value();
        }

        /** The value, or where it would stand. */
        Node at(String name) {
            Node value = get(name);
            return value == null ? empty(line) : value;
        }

        String text(String name) {
            return at(name).text();
        }

        Mapping child(String name) {
            return at(name).mapping();
        }

        List<Node> items(String name) {
            return at(name).items();
        }

        Optional<Long> integer(String name) {
            return at(name) instanceof Scalar scalar ? scalar.integer() : Optional.empty();
        }

        int integer(String name, int fallback) {
            return integer(name).map(Math::toIntExact).orElse(fallback);
        }
    }

    record Sequence(int line, List<Node> items) implements Node {
        @Override
        public String type() {
            return "a list";
        }
    }

    record Scalar(int line, Kind kind, String text) implements Node {
        /** What the value is; a quoted one is always a string. */
        enum Kind {
            STRING("a string"),
            INTEGER("a number"),
            FLOAT("a number with a fraction"),
            BOOLEAN("true or false"),
            NULL("nothing");

            private final String words;

            Kind(String words) {
                this.words = words;
            }
        }

        @Override
        public String type() {
            return kind.words;
        }

        Optional<Long> integer() {
            return kind == Kind.INTEGER ? PlainScalars.parseInteger(text) : Optional.empty();
        }
    }
}
