package io.weft.engine.match;

import org.jspecify.annotations.Nullable;

/** Reads the query of a target. */
public final class QueryString {
    private QueryString() {}

    /** The first value of a parameter as it stands there, without percent-decoding as in Envoy; empty where it has none; null where the parameter is not there. */
    public static @Nullable String first(String query, String name) {
        int start = 0;
        while (start <= query.length()) {
            int end = query.indexOf('&', start);
            end = end < 0 ? query.length() : end;
            int equals = query.indexOf('=', start);
            int nameEnd = equals < 0 || equals > end ? end : equals;
            if (nameEnd - start == name.length() && query.startsWith(name, start)) {
                return nameEnd == end ? "" : query.substring(nameEnd + 1, end);
            }
            start = end + 1;
        }
        return null;
    }
}
