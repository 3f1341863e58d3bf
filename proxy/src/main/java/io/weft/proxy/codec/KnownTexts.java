package io.weft.proxy.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Values and other strings that heads need again and again, recognized by their bytes. Confined to a loop, but for what is fixed. */
final class KnownTexts {
    private static final int PLACES = 256;
    private static final int MAX_RECENT = 256;

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

    private final @Nullable Recent[] recent = new Recent[PLACES];

    /** A text, and its bytes, which are compared many at a time. */
    private static final class Recent {
        private byte[] bytes = {};
        private String text = "";

        boolean is(byte[] other, int start, int end) {
            return Arrays.equals(bytes, 0, text.length(), other, start, end);
        }

        void set(byte[] other, int start, int end) {
            int length = end - start;
            if (bytes.length < length) {
                bytes = new byte[Math.min(MAX_RECENT, 2 * length)];
            }
            System.arraycopy(other, start, bytes, 0, length);
            text = make(other, start, end);
        }
    }

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

    /** A method, or a value. */
    static String text(byte[] bytes, int start, int end) {
        int place = place(bytes, start, end);
        for (String known = TEXTS[place]; known != null; known = TEXTS[place]) {
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
        Recent last = recent[place];
        if (last == null) {
            last = new Recent();
            recent[place] = last;
        }
        if (!last.is(bytes, start, end)) {
            last.set(bytes, start, end);
        }
        return last.text;
    }

    static String make(byte[] bytes, int start, int end) {
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
