package io.weft.core.time;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: doubling from {@code first} to {@code most}, of which a random half is waited, so that many
 * who failed together do not return together.
 *
 * @param first the bound after one failure; positive
 * @param most the bound after many; at least {@code first}
 */
public record Backoff(Duration first, Duration most) {
    private static final int MAX_DOUBLINGS = 30;

    public Backoff {
        if (first.isNegative() || first.isZero() || most.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "back-off from " + first + " to " + most + ": expected a positive range");
        }
    }

    /** The wait after {@code failures} in a row (at least 1): from half of the bound to the bound. */
    public Duration after(int failures, RandomGenerator random) {
        long bound = most.toNanos();
        int doublings = Math.min(MAX_DOUBLINGS, Math.max(0, failures - 1));
        if (first.toNanos() <= bound >> doublings) {
            bound = first.toNanos() << doublings;
        }
        return Duration.ofNanos(bound / 2 + random.nextLong(bound / 2 + 1));
    }
}
