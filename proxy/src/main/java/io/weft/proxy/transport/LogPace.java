package io.weft.proxy.transport;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets one line into the log every ten seconds of what peers can cause as often as they like. Safe on any thread. */
public final class LogPace {
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final AtomicLong last = new AtomicLong(System.nanoTime() - EVERY_NANOS);

    /** Whether it is time for a line, which the caller writes. */
    public boolean isTime() {
        long told = last.get();
        long now = System.nanoTime();
        return now - told >= EVERY_NANOS && last.compareAndSet(told, now);
    }
}
