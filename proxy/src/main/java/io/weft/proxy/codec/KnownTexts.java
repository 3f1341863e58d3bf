package io.weft.proxy.codec;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Strings that heads need again and again, recognized by their bytes. Confined to a loop, but for what is fixed. */
final class KnownTexts {
    private static final int PLACES = 256;
    private static final int MAX_RECENT = 256;

    private static final @Nullable String[] NAMES = table(
            "accept",
            "accept-encoding",
            "accept-language",
            "age",
            "authorization",
            "baggage",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "cookie",
            "date",
            "etag",
            "expect",
            "expires",
            "grpc-timeout",
            "host",
            "if-modified-since",
            "if-none-match",
            "keep-alive",
            "last-modified",
            "location",
            "origin",
            "pragma",
            "range",
            "referer",
            "server",
            "set-cookie",
            "te",
            "traceparent",
            "tracestate",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "vary",
            "via",
            "x-forwarded-client-cert",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-request-id");

    private static final @Nullable String[] TEXTS = table(
            "*/*",
            "/",
            "0",
            "100-continue",
            "CONNECT",
            "DELETE",
            "GET",
            "HEAD",
            "OPTIONS",
            "PATCH",
            "POST",
            "PUT",
            "application/grpc",
            "application/json",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
            "chunked",
            "close",
            "http",
            "https",
            "keep-alive",
            "no-cache",
            "text/html",
            "text/plain",
            "trailers",
            "websocket");

    private final @Nullable String[] recent = new String[PLACES];

    private static @Nullable String[] table(String... texts) {
        String[] table = new String[PLACES];
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            int place = place(bytes, 0, bytes.length);
            while (table[place] != null) {
                place = next(place);
            }
            table[place] = text;
        }
        return table;
    }

    private static int place(byte[] bytes, int start, int end) {
        int length = end - start;
        return length == 0
                ? 0
                : (length * 31 + bytes[start] * 7 + bytes[start + length / 2] * 13 + bytes[end - 1]) & (PLACES - 1);
    }

    private static int next(int place) {
        return (place + 1) & (PLACES - 1);
    }

    static String name(byte[] bytes, int start, int end) {
        return fixed(NAMES, bytes, start, end);
    }

    /** A method, or a value. */
    static String text(byte[] bytes, int start, int end) {
        return fixed(TEXTS, bytes, start, end);
    }

    private static String fixed(@Nullable String[] table, byte[] bytes, int start, int end) {
        int place = place(bytes, start, end);
        for (String known = table[place]; known != null; known = table[place]) {
            if (isText(bytes, start, end, known)) {
                return known;
            }
            place = next(place);
        }
        return make(bytes, start, end);
    }

    /** What other requests probably had too: a host, a path, the name of a client. No secrets: it is kept until another takes its place. */
    String common(byte[] bytes, int start, int end) {
        if (end - start > MAX_RECENT) {
            return make(bytes, start, end);
        }
        int place = place(bytes, start, end);
        String last = recent[place];
        if (last == null || !isText(bytes, start, end, last)) {
            last = make(bytes, start, end);
            recent[place] = last;
        }
        return last;
    }

    private static String make(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    static boolean isText(byte[] bytes, int start, int end, String text) {
        int length = text.length();
        if (end - start != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((bytes[start + i] & 0xFF) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
