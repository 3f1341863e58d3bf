package io.weft.proxy.host;

import java.util.concurrent.atomic.AtomicInteger;

/** What outlier detection remembers of a host. Counts are atomic; ejections belong to the detector's lock. */
final class Failures {
    final AtomicInteger consecutiveErrors = new AtomicInteger();
    final AtomicInteger consecutiveGatewayErrors = new AtomicInteger();
    final AtomicInteger consecutiveLocalFailures = new AtomicInteger();

    /** How often in a row the host was ejected; goes down by one for each interval that it behaves. */
    int ejections;

    long ejectedUntilNanos;

    void reset() {
        consecutiveErrors.set(0);
        consecutiveGatewayErrors.set(0);
        consecutiveLocalFailures.set(0);
    }
}
