package io.weft.engine.config;

/** Where bytes come from; secrets never print. */
public sealed interface DataSource {
    /** A file's path. */
    record File(String path) implements DataSource {}

    /** Bytes in the configuration itself. */
    record Inline(Secret bytes) implements DataSource {}
}
