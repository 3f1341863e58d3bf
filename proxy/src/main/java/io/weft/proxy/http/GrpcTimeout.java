package io.weft.proxy.http;

import java.util.concurrent.TimeUnit;

/** The {@code grpc-timeout} header (gRPC over HTTP/2, requests: at most eight digits and a unit). */
final class GrpcTimeout {
    private static final int MAX_DIGITS = 8;
    private static final long MAX_MILLIS = 99_999_999L;

    private GrpcTimeout() {}

    /** Longer ones are no deadline to anybody, and overflow when they are counted in nanoseconds. */
    private static final long LONGEST_MILLIS = TimeUnit.DAYS.toMillis(3650);

    /** Milliseconds, rounded up, at most ten years; -1 where it is not well-formed. */
    static long parseMillis(String value) {
        return Math.min(LONGEST_MILLIS, parse(value));
    }

    private static long parse(String value) {
        int digits = value.length() - 1;
        if (digits < 1 || digits > MAX_DIGITS) {
            return -1;
        }
        long amount = 0;
        for (int i = 0; i < digits; i++) {
            char c = value.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            amount = amount * 10 + (c - '0');
        }
        return switch (value.charAt(digits)) {
            case 'H' -> TimeUnit.HOURS.toMillis(amount);
            case 'M' -> TimeUnit.MINUTES.toMillis(amount);
            case 'S' -> TimeUnit.SECONDS.toMillis(amount);
            case 'm' -> amount;
            case 'u' -> (amount + 999) / 1_000;
            case 'n' -> (amount + 999_999) / 1_000_000;
            default -> -1;
        };
    }

    /** In milliseconds, where they fit into eight digits, else in seconds. */
    static String format(long millis) {
        return millis <= MAX_MILLIS ? Math.max(1, millis) + "m" : Math.min(MAX_MILLIS, millis / 1000) + "S";
    }
}
