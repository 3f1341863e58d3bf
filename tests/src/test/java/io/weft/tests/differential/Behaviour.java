package io.weft.tests.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks of the upstream, in its header {@code x-upstream}, as a query string:
 *
 * <ul>
 *   <li>{@code status=503}, {@code header=Name:value}, {@code body=1000} (bytes), {@code echo} (the request's body)
 *   <li>{@code chunked}, {@code trailer=Name:value} (chunked over HTTP/1.1), {@code until-close} (delimited by it)
 *   <li>{@code informational=103}: sent before; {@code delay=300}: milliseconds before the head
 *   <li>{@code close}, {@code reset}: instead of a response; {@code cut}: inside the body
 *   <li>{@code early}: the response precedes the request's end; {@code upgrade}: 101, then every byte is echoed
 *   <li>{@code on=a}: only upstream a does all this; {@code first=1}: only for the first request of the exchange
 * </ul>
 */
record Behaviour(
        int status,
        List<Header> headers,
        @Nullable Integer bodySize,
        boolean echo,
        boolean chunked,
        List<Header> trailers,
        boolean untilClose,
        int informational,
        long delayMillis,
        boolean close,
        boolean reset,
        boolean cut,
        boolean early,
        boolean upgrade) {

    static final Behaviour PLAIN = parse("");

    static Behaviour of(@Nullable String text, String upstream, int earlierRequests) {
        if (text == null) {
            return PLAIN;
        }
        Map<String, List<String>> fields = fields(text);
        boolean elsewhere = !fields.getOrDefault("on", List.of(upstream)).contains(upstream);
        boolean later = earlierRequests >= number(fields, "first", Integer.MAX_VALUE);
        return elsewhere || later ? PLAIN : parse(text);
    }

    private static Behaviour parse(String text) {
        Map<String, List<String>> fields = fields(text);
        return new Behaviour(
                number(fields, "status", 200),
                fields.getOrDefault("header", List.of()).stream()
                        .map(Header::parse)
                        .toList(),
                fields.containsKey("body") ? number(fields, "body", 0) : null,
                fields.containsKey("echo"),
                fields.containsKey("chunked") || fields.containsKey("trailer"),
                fields.getOrDefault("trailer", List.of()).stream()
                        .map(Header::parse)
                        .toList(),
                fields.containsKey("until-close"),
                number(fields, "informational", 0),
                number(fields, "delay", 0),
                fields.containsKey("close"),
                fields.containsKey("reset"),
                fields.containsKey("cut"),
                fields.containsKey("early"),
                fields.containsKey("upgrade"));
    }

    /** HEAD, 1xx, 204 and 304 have none (RFC 9112, section 6.3). */
    boolean hasBody(String method) {
        return !method.equals("HEAD") && status != 204 && status != 304;
    }

    byte[] body(String upstream, String method, byte[] requestBody) {
        if (echo) {
            return requestBody;
        }
        return bodySize != null
                ? Body.pattern(bodySize)
                : Body.text("upstream " + upstream + " answers " + method.toLowerCase(Locale.ROOT) + "\n");
    }

    private static Map<String, List<String>> fields(String text) {
        Map<String, List<String>> fields = new HashMap<>();
        for (String field : text.split("&", -1)) {
            String[] parts = field.split("=", 2);
            fields.computeIfAbsent(parts[0], name -> new ArrayList<>()).add(parts.length == 2 ? parts[1] : "");
        }
        return fields;
    }

    private static int number(Map<String, List<String>> fields, String name, int absent) {
        List<String> values = fields.get(name);
        return values == null ? absent : Integer.parseInt(values.getFirst());
    }
}
