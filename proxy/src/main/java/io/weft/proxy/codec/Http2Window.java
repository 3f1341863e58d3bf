package io.weft.proxy.codec;

import java.util.concurrent.TimeUnit;

/**
 * How much a peer may send, of a stream or a connection (RFC 9113, section 6.9): what was used is given back by halves of the window. A window that a peer
 * uses up within two round trips holds it back, so it doubles, up to a bound: it grows to the bandwidth-delay product of those that are read as fast as
 * they are sent.
 */
final class Http2Window {
    private final int bound;
    private int size;
    private int left;
    private int used;
    private long lastNanos;

    /**
     * @param size what the peer may send at first
     * @param bound how far it grows
     */
    Http2Window(int size, int bound) {
        this.size = size;
        this.left = size;
        this.bound = Math.max(size, bound);
    }

    /** Answers whether the peer may send so much. */
    boolean take(int bytes) {
        left -= bytes;
        return left >= 0;
    }

    /** Makes it larger at once. */
    void raise(int bytes) {
        size += bytes;
        left += bytes;
    }

    /** Some bytes were used. Answers how many the peer is to be told of now, mostly 0. */
    int give(int bytes, RoundTrip roundTrip) {
        used += bytes;
        if (used < size / 2) {
            return 0;
        }
        int told = used + growth(roundTrip);
        used = 0;
        left += told;
        return told;
    }

    private int growth(RoundTrip roundTrip) {
        if (size >= bound) {
            return 0;
        }
        long now = System.nanoTime();
        long since = now - lastNanos;
        boolean first = lastNanos == 0;
        lastNanos = now;
        if (first || since > TimeUnit.MICROSECONDS.toNanos(2 * roundTrip.micros())) {
            return 0;
        }
        int more = Math.min(size, bound - size);
        size += more;
        return more;
    }

    /** Of the connection, as its kernel measured it. */
    interface RoundTrip {
        long micros();
    }
}
