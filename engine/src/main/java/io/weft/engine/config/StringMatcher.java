package io.weft.engine.config;

/** A test of a string (xDS: {@code envoy.type.matcher.v3.StringMatcher}). */
public sealed interface StringMatcher {
    /** Equal. */
    record Exact(String value, boolean ignoreCase) implements StringMatcher {}

    /** Begins with. */
    record Prefix(String value, boolean ignoreCase) implements StringMatcher {}

    /** Ends with. */
    record Suffix(String value, boolean ignoreCase) implements StringMatcher {}

    /** Contains. */
    record Contains(String value, boolean ignoreCase) implements StringMatcher {}

    /** The whole string matches; RE2 syntax. */
    record Regex(String pattern) implements StringMatcher {}
}
