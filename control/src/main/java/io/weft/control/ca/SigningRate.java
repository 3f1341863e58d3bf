package io.weft.control.ca;

import io.weft.core.time.Ticker;

/** A token bucket: so many signings a second, and so many at once after a pause. */
final class SigningRate {
    private static final long SECOND = 1_000_000_000L;

    private final long nanosEach;
    private final long burstNanos;
    private final Ticker ticker;
    /** Signings spend time ahead of the clock, up to a burst's worth. */
    private long spentUntil;

    SigningRate(int perSecond, int burst, Ticker ticker) {
        if (perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    perSecond + " signings a second, " + burst + " at once: expected at least one");
        }
        this.nanosEach = SECOND / perSecond;
        this.burstNanos = nanosEach * burst;
        this.ticker = ticker;
        this.spentUntil = ticker.nanos();
    }

    /** Whether one more is allowed now; if so, it is spent. */
    synchronized boolean take() {
        long now = ticker.nanos();
        long from = spentUntil - now > 0 ? spentUntil : now;
        if (from + nanosEach - now > burstNanos) {
            return false;
        }
        spentUntil = from + nanosEach;
        return true;
    }
}
