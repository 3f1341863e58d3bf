package io.weft.engine.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where lines about requests go.
 *
 * @param sink where to
 * @param format what a line holds
 */
public record AccessLog(Sink sink, Format format) {
    /** Where lines go. */
    public sealed interface Sink {
        /** Standard output. */
        record Stdout() implements Sink {}

        /** Standard error. */
        record Stderr() implements Sink {}

        /** A file that is appended to. */
        record File(String path) implements Sink {}
    }

    /** What a line holds. */
    public sealed interface Format {
        /** Weft's JSON. */
        record Standard() implements Format {}

        /** Text with command operators ({@code %REQ(:METHOD)%}). */
        record Text(String format) implements Format {}

        /** JSON whose string values hold command operators; in the order given. */
        record Json(Map<String, String> fields) implements Format {
            public Json {
                fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
            }
        }
    }
}
