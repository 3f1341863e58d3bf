package io.weft.tests.faults.pairing;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one side of an exchange saw of the other's message.
 *
 * @param start a status, or method, target and host
 * @param informational heads before the response's, as {@code status link}
 * @param fields by name in lower case; values that differ from run to run are in parentheses
 * @param body as {@link Payload.Check} tells it
 */
public record Received(
        String start,
        List<String> informational,
        Map<String, String> fields,
        String body,
        Map<String, String> trailers) {

    public Received {
        informational = List.copyOf(informational);
        fields = Map.copyOf(fields);
        trailers = Map.copyOf(trailers);
    }

    Received without(String field) {
        Map<String, String> fewer = new TreeMap<>(fields);
        fewer.remove(field);
        return new Received(start, informational, fewer, body, trailers);
    }

    /** Sorted, so that two of them are easily compared by eye. */
    @Override
    public String toString() {
        return start + informational + "\n  " + new TreeMap<>(fields) + "\n  " + body + "\n  "
                + new TreeMap<>(trailers);
    }

    /** A field section being read. */
    public static final class Fields {
        private final Map<String, String> fields = new TreeMap<>();
        private String id = "";

        void add(String name, String value) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("x-id")) {
                id = value;
            }
            fields.merge(lower, shown(lower, value), (first, next) -> first + " | " + next);
        }

        private static String shown(String name, String value) {
            return switch (name) {
                case "date" -> "(date)";
                case "x-request-id" -> "(id)";
                case "x-envoy-upstream-service-time", "x-envoy-expected-rq-timeout-ms" -> "(ms)";
                case "x-forwarded-client-cert" -> "(certificate)";
                case "x-id" -> "(number)";
                default -> value;
            };
        }

        String get(String name) {
            return fields.getOrDefault(name, "");
        }

        /** The exchange's. */
        String id() {
            return id;
        }

        Map<String, String> all() {
            return fields;
        }
    }
}
