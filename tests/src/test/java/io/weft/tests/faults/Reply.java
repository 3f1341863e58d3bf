package io.weft.tests.faults;

import java.net.http.HttpResponse;
import java.util.Locale;

/**
 * An answer as far as it says who made it and why.
 *
 * @param status 0: none came
 * @param cause {@code x-weft-cause}: why the proxy answered by itself; empty: it did not
 */
public record Reply(int status, String cause, String requestId) {
    public static final Reply NONE = new Reply(0, "", "");

    public static Reply of(HttpConnection.Response response) {
        return new Reply(response.status(), response.header("x-weft-cause"), response.header("x-request-id"));
    }

    public static Reply of(HttpResponse<?> response) {
        return new Reply(
                response.statusCode(),
                response.headers().firstValue("x-weft-cause").orElse(""),
                response.headers().firstValue("x-request-id").orElse(""));
    }

    /** @param head of HTTP/1.1, with or without what follows it; empty: none came */
    public static Reply of(String head) {
        return head.isEmpty()
                ? NONE
                : new Reply(
                        Integer.parseInt(head.substring(9, 12)),
                        field(head, "x-weft-cause"),
                        field(head, "x-request-id"));
    }

    private static String field(String head, String name) {
        return head.lines()
                .takeWhile(line -> !line.isEmpty())
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }
}
