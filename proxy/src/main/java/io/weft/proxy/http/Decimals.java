package io.weft.proxy.http;

import org.jspecify.annotations.Nullable;

/** Numbers as headers have them, without a new string each time: small ones are known, and of larger ones, such as a route's timeout, the last. Safe on any thread. */
final class Decimals {
    private static final String[] SMALL = new String[1024];

    private static volatile @Nullable Large last;

    private record Large(long value, String text) {}

    static {
        for (int i = 0; i < SMALL.length; i++) {
            SMALL[i] = Integer.toString(i);
        }
    }

    private Decimals() {}

    static String text(long value) {
        if (value >= 0 && value < SMALL.length) {
            return SMALL[(int) value];
        }
        Large known = last;
        if (known == null || known.value != value) {
            known = new Large(value, Long.toString(value));
            last = known;
        }
        return known.text;
    }
}
