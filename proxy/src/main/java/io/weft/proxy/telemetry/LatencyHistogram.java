package io.weft.proxy.telemetry;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram with 16 buckets for each doubling, so values are known to about 6%, in 4 KiB, without an allocation. One thread writes with ordered
 * stores, any may read. What leaves the process is an HdrHistogram or Prometheus buckets; both are made from it when asked for.
 */
public final class LatencyHistogram {
    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;
    /** Below this each value has a bucket of its own. */
    private static final int EXACT = 2 * SUB;

    private static final int EXACT_BITS = SUB_BITS + 1;
    private static final int MAX_EXPONENT = 40;
    static final int BUCKETS = EXACT + (MAX_EXPONENT - EXACT_BITS + 1) * SUB;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    /** Counts a value; negative ones as 0, huge ones in the last bucket. */
    void record(long value) {
        int bucket = bucket(value);
        counts.lazySet(bucket, counts.getPlain(bucket) + 1);
    }

    static int bucket(long value) {
        if (value < EXACT) {
            return (int) Math.max(0, value);
        }
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        if (exponent > MAX_EXPONENT) {
            return BUCKETS - 1;
        }
        int sub = (int) (value >>> (exponent - SUB_BITS)) & (SUB - 1);
        return EXACT + (exponent - EXACT_BITS) * SUB + sub;
    }

    /** The highest value of a bucket. */
    static long highest(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int exponent = EXACT_BITS + (bucket - EXACT) / SUB;
        int sub = (bucket - EXACT) % SUB;
        return ((1L + SUB + sub) << (exponent - SUB_BITS)) - 1;
    }

    /** Adds its counts to {@code totals}, which has {@link #BUCKETS} places. */
    void addTo(long[] totals) {
        for (int i = 0; i < BUCKETS; i++) {
            totals[i] += counts.get(i);
        }
    }
}
