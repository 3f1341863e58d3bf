package io.weft.demo;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The query of a request: the shop needs no more of it than who the customer is. */
record Query(Map<String, String> parameters) {
    static final String GUEST = "guest";

    Query {
        parameters = Map.copyOf(parameters);
    }

    static Query parse(@Nullable String raw) {
        if (raw == null) {
            return new Query(Map.of());
        }
        return new Query(Stream.of(raw.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .filter(pair -> pair.length == 2 && !pair[0].isEmpty())
                .collect(Collectors.toMap(pair -> decode(pair[0]), pair -> decode(pair[1]), (first, later) -> first)));
    }

    /** The customer, {@value #GUEST} where the request names none, or none that could be a name. */
    String user() {
        String user = parameters.getOrDefault("user", GUEST);
        return isName(user) ? user : GUEST;
    }

    /** Whether this may be a customer's or a product's name, and so stand in a path and in JSON as it is. */
    static boolean isName(String text) {
        return text.matches("[a-z0-9-]{1,40}");
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return text;
        }
    }
}
