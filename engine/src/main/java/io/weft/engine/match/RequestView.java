package io.weft.engine.match;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a matcher may ask of a request. */
public interface RequestView {
    String method();

    /** {@code http} or {@code https}. */
    String scheme();

    /** Host and port as the client sent them. */
    String authority();

    /** The target with its query; empty for a plain CONNECT. */
    String path();

    /** All values of a header joined by commas, or null where there is none; {@code name} is lower case, no pseudo-header. */
    @Nullable
    String header(String name);

    /**
     * Whether one of the values of a header passes a test. Where fields of one name are kept apart, each is a value of its own: joined, they would hide
     * each other from an exact match.
     */
    default boolean anyValue(String name, Predicate<String> test) {
        String value = header(name);
        return value != null && test.test(value);
    }

    /** Whether the request asks for a tunnel: CONNECT. */
    boolean isConnect();
}
