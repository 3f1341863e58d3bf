package io.weft.engine.match;

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

    /** Whether the request asks for a tunnel: CONNECT. */
    boolean isConnect();
}
