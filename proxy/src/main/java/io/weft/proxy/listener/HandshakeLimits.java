package io.weft.proxy.listener;

/**
 * How many TLS handshakes the listeners of a process begin. One costs some 400 µs and 50 KiB before its client has proved anything.
 *
 * @param perSecond how many begin within a second; 0: {@link #PER_LOOP_AND_SECOND} for each loop
 * @param atOnce how many may be unfinished; 0: {@link #PER_LOOP_AT_ONCE} for each loop
 */
public record HandshakeLimits(int perSecond, int atOnce) {
    /** Most of what a core could do. */
    static final int PER_LOOP_AND_SECOND = 2_000;

    static final int PER_LOOP_AT_ONCE = 512;

    public static final HandshakeLimits DEFAULT = new HandshakeLimits(0, 0);

    public HandshakeLimits {
        if (perSecond < 0 || atOnce < 0) {
            throw new IllegalArgumentException(
                    perSecond + " handshakes a second, " + atOnce + " at once: expected at least 0");
        }
    }

    /** The share of each loop, at least 1. */
    HandshakeLimits share(int loops) {
        return new HandshakeLimits(
                perSecond == 0 ? PER_LOOP_AND_SECOND : Math.ceilDiv(perSecond, loops),
                atOnce == 0 ? PER_LOOP_AT_ONCE : Math.ceilDiv(atOnce, loops));
    }
}
