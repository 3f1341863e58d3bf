package io.weft.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The headers that tie the calls of one request together. A program passes them on, so that who looks at the traffic
 * can follow it; a mesh cannot know which outgoing call belongs to which incoming one.
 */
record Trace(Map<String, String> headers) {
    static final List<String> NAMES = List.of("traceparent", "tracestate", "x-request-id", "b3");
    static final Trace NONE = new Trace(Map.of());

    Trace {
        headers = Map.copyOf(headers);
    }

    static Trace of(Map<String, List<String>> requestHeaders) {
        Map<String, String> kept = new LinkedHashMap<>();
        requestHeaders.forEach((name, values) -> NAMES.stream()
                .filter(name::equalsIgnoreCase)
                .findFirst()
                .ifPresent(known -> kept.put(known, values.getFirst())));
        return new Trace(kept);
    }
}
