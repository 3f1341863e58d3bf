package io.weft.resource.model;

/**
 * A condition on a header or a query parameter.
 *
 * @param name header names are compared without regard to case, names of query parameters as they are
 */
public record ValueMatch(Type type, String name, String value) {
    public ValueMatch {
        Require.that(!name.isEmpty(), "name", name, "a name");
    }

    /** How the value is compared. */
    public enum Type {
        EXACT("Exact"),
        /** RE2 syntax, the whole value. */
        REGULAR_EXPRESSION("RegularExpression");

        private final String wireName;

        Type(String wireName) {
            this.wireName = wireName;
        }

        /** As documents write it. */
        public String wireName() {
            return wireName;
        }
    }
}
