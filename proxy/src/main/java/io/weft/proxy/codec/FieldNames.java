package io.weft.proxy.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Names of fields that are met or asked for with most requests, by small numbers: {@link Headers} number a field once, when it is read, and compare
 * numbers from then on. All others have the number {@link #OTHER}. Fixed; safe on any thread.
 */
final class FieldNames {
    /** No number: the name itself is compared. */
    static final int OTHER = 0;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int PLACES = 512;

    /** Their number is their place here, and one more; below 64, so that one long says which there are. */
    private static final String[] NAMES = {
        "accept",
        "accept-encoding",
        "accept-language",
        "accept-ranges",
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
        "grpc-encoding",
        "grpc-status",
        "grpc-timeout",
        "host",
        "http2-settings",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "last-modified",
        "location",
        "origin",
        "pragma",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "referer",
        "server",
        "set-cookie",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "vary",
        "via",
        "x-envoy-expected-rq-timeout-ms",
        "x-envoy-external-address",
        "x-envoy-upstream-service-time",
        "x-forwarded-client-cert",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-request-id",
        "x-weft-unprocessed",
    };

    private static final byte[][] BYTES = new byte[NAMES.length + 1][];

    /** By hash, the next free place where two have the same. */
    private static final byte[] NUMBERS = new byte[PLACES];

    static {
        if (NAMES.length >= Long.SIZE) {
            throw new IllegalStateException("more names than a long has bits");
        }
        for (int i = 0; i < NAMES.length; i++) {
            byte[] bytes = NAMES[i].getBytes(StandardCharsets.US_ASCII);
            BYTES[i + 1] = bytes;
            int place = place(bytes.length, bytes[0], bytes[bytes.length / 2], bytes[bytes.length - 1]);
            while (NUMBERS[place] != OTHER) {
                place = next(place);
            }
            NUMBERS[place] = (byte) (i + 1);
        }
    }

    private FieldNames() {}

    private static int place(int length, int first, int middle, int last) {
        return (length * 31 + first * 7 + middle * 13 + last) & (PLACES - 1);
    }

    private static int next(int place) {
        return (place + 1) & (PLACES - 1);
    }

    /** The highest number. */
    static int count() {
        return NAMES.length;
    }

    /** The number of a name in lower case. */
    static int number(String name) {
        int length = name.length();
        if (length == 0) {
            return OTHER;
        }
        int place = place(length, name.charAt(0), name.charAt(length / 2), name.charAt(length - 1));
        for (int number = NUMBERS[place]; number != OTHER; number = NUMBERS[place]) {
            if (NAMES[number - 1].equals(name)) {
                return number;
            }
            place = next(place);
        }
        return OTHER;
    }

    /** The number of a name that stands in lower case somewhere. */
    static int number(byte[] bytes, int start, int end) {
        int length = end - start;
        if (length == 0) {
            return OTHER;
        }
        int place = place(length, bytes[start], bytes[start + length / 2], bytes[end - 1]);
        for (int number = NUMBERS[place]; number != OTHER; number = NUMBERS[place]) {
            if (isSame(BYTES[number], bytes, start, length)) {
                return number;
            }
            place = next(place);
        }
        return OTHER;
    }

    /** Eight bytes at a time; the last eight overlap. */
    private static boolean isSame(byte[] name, byte[] bytes, int start, int length) {
        if (name.length != length) {
            return false;
        }
        if (length < Long.BYTES) {
            for (int i = 0; i < length; i++) {
                if (name[i] != bytes[start + i]) {
                    return false;
                }
            }
            return true;
        }
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            if ((long) LONGS.get(name, i) != (long) LONGS.get(bytes, start + i)) {
                return false;
            }
        }
        return (long) LONGS.get(name, last) == (long) LONGS.get(bytes, start + last);
    }

    /** The name of a number; null: {@link #OTHER}. */
    static @Nullable String text(int number) {
        return number == OTHER ? null : NAMES[number - 1];
    }

    /** The name of a number other than {@link #OTHER}; not to be written to. */
    static byte[] bytes(int number) {
        return BYTES[number];
    }
}
