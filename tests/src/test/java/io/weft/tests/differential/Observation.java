package io.weft.tests.differential;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that one proxy showed for one request: what its client got and what its upstreams saw, as named fields. */
final class Observation {
    private final Map<String, String> fields = new LinkedHashMap<>();
    private int clientPort;

    /** The port of the connection that the request went over: finds it in the proxy's log. */
    void clientPort(int port) {
        clientPort = port;
    }

    int clientPort() {
        return clientPort;
    }

    void put(String field, String value) {
        fields.put(field, value);
    }

    /** Values of one name keep their order; the order of names has no meaning (RFC 9110, section 5.3). */
    void headers(String prefix, List<Header> headers) {
        for (Header header : headers) {
            fields.merge(prefix + header.name(), header.value(), (first, next) -> first + " | " + next);
        }
    }

    void merge(String prefix, Observation other) {
        other.fields.forEach((field, value) -> fields.put(prefix + field, value));
    }

    @Nullable
    String get(String field) {
        return fields.get(field);
    }

    Map<String, String> fields() {
        return fields;
    }
}
