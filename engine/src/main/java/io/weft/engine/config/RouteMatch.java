package io.weft.engine.config;

import java.util.List;

/**
 * All parts must match.
 *
 * @param path of the target, without its query
 * @param caseSensitive for the path
 * @param headers all of them
 * @param query all of them
 * @param grpc only requests whose content type is gRPC's
 */
public record RouteMatch(
        Path path, boolean caseSensitive, List<HeaderMatch> headers, List<QueryMatch> query, boolean grpc) {
    public RouteMatch {
        headers = List.copyOf(headers);
        query = List.copyOf(query);
    }

    /** A test of the path. */
    public sealed interface Path {
        /** Begins with, byte by byte. */
        record Prefix(String value) implements Path {}

        /** Equal. */
        record Exact(String value) implements Path {}

        /** Equal, or continued by a slash (xDS: {@code path_separated_prefix}). */
        record SeparatedPrefix(String value) implements Path {}

        /** The whole path matches; RE2 syntax. */
        record Regex(String pattern) implements Path {}

        /** CONNECT requests only. */
        record Connect() implements Path {}
    }

    /**
     * A test of one header; several values are joined by commas.
     *
     * @param name lower case; {@code :method}, {@code :authority}, {@code :path} and {@code :scheme} too
     * @param test of the value
     * @param invert the request matches where the test does not
     * @param missingIsEmpty a header that is not there is tested as an empty string
     */
    public record HeaderMatch(String name, HeaderTest test, boolean invert, boolean missingIsEmpty) {}

    /** A test of a header's value. */
    public sealed interface HeaderTest {
        /** It is there, or ({@code false}) it is not. */
        record Present(boolean present) implements HeaderTest {}

        /** Its text. */
        record Text(StringMatcher matcher) implements HeaderTest {}

        /** It is a decimal integer from {@code start}, before {@code end}. */
        record Range(long start, long end) implements HeaderTest {}
    }

    /** A test of one query parameter. */
    public sealed interface QueryMatch {
        String name();

        /** It is there. */
        record Present(String name) implements QueryMatch {}

        /** Its first value. */
        record Text(String name, StringMatcher matcher) implements QueryMatch {}
    }
}
