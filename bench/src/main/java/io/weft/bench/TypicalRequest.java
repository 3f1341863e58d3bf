package io.weft.bench;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the microbenchmarks send: the twelve headers of the side-by-side cases. */
public final class TypicalRequest {
    /** Names in lower case, and their values. */
    public static final List<List<String>> HEADERS = List.of(
            List.of("host", "cart.shop"),
            List.of(
                    "user-agent",
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"),
            List.of("accept", "application/json, text/plain, */*"),
            List.of("accept-encoding", "gzip, deflate, br, zstd"),
            List.of("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
            List.of("authorization", "Bearer b3BhcXVlLXRva2VuLW9mLTY0LWJ5dGVzLWFzLXRoZXktYXJlLWlzc3VlZC10b2RheS0wMQ"),
            List.of("cookie", "session=9c2f6f6e0d8b4f0c8f0c9d2f6a1b3c4d; theme=dark; consent=analytics.0-ads.0"),
            List.of("referer", "https://shop.example/catalog/threads?page=3"),
            List.of("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            List.of("x-tenant", "tenant-0042"),
            List.of("cache-control", "no-cache"),
            List.of("x-client-version", "web-2026.11.3"));

    private TypicalRequest() {}

    static byte[] http1() {
        StringBuilder text = new StringBuilder("GET /typical HTTP/1.1\r\n");
        for (List<String> header : HEADERS) {
            text.append(header.get(0)).append(": ").append(header.get(1)).append("\r\n");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }
}
