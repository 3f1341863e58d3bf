package io.weft.proxy.host;

/**
 * A peak-sensitive exponentially weighted moving average of latency (Finagle's peak EWMA, "Beyond Round Robin: Load Balancing for Latency"). A slower
 * answer raises the estimate to its own value at once; faster ones pull it down with a time constant. So an endpoint that becomes slow is avoided with
 * the first slow answer, and wins trust back slowly. While nothing is heard the estimate decays too, faster: old evidence is weak, and an endpoint whose
 * first answers were slow because it was cold is only warmed by requests. With 10 s, one that was a hundred times slower is tried again after 9 s.
 */
public final class Latency {
    private static final long SILENCE_FACTOR = 5;
    /** Of a host that has answered little yet: where there are few requests, a cold one would else get one in many seconds. */
    private static final long COLD_SILENCE_FACTOR = 50;

    private static final int COLD_ANSWERS = 20;

    private volatile double estimateNanos = -1;
    private volatile long stampNanos;
    private volatile boolean asked;
    private volatile boolean heard;
    private volatile int answers;
    private volatile long heardNanos;

    /**
     * Takes in an observed latency.
     *
     * @param decayNanos the time constant
     */
    public void observe(long latencyNanos, long nowNanos, long decayNanos) {
        heardNanos = nowNanos;
        heard = true;
        int counted = answers;
        if (counted < COLD_ANSWERS) {
            answers = counted + 1;
        }
        take(latencyNanos, nowNanos, decayNanos);
    }

    /** What answers from now on is another process: as fresh as one that was never asked. */
    public void forget() {
        estimateNanos = -1;
        answers = 0;
        asked = false;
    }

    /** Takes in that no answer came for so long. */
    public void observeSilence(long silentNanos, long nowNanos, long decayNanos) {
        take(silentNanos, nowNanos, decayNanos);
    }

    private void take(long latencyNanos, long nowNanos, long decayNanos) {
        double estimate = estimateNanos;
        if (estimate < 0 || latencyNanos >= estimate) {
            estimateNanos = latencyNanos;
        } else {
            double weight = weight(nowNanos, decayNanos);
            estimateNanos = estimate * weight + latencyNanos * (1 - weight);
        }
        stampNanos = nowNanos;
    }

    /** The estimate as of now; {@code initialNanos} where nothing was observed yet, less the longer that lasts. */
    public double estimate(long nowNanos, long decayNanos, long initialNanos) {
        double estimate = estimateNanos;
        long silence = decayNanos / (answers < COLD_ANSWERS ? COLD_SILENCE_FACTOR : SILENCE_FACTOR);
        if (estimate >= 0) {
            return estimate * weight(nowNanos, silence);
        }
        if (!asked) {
            // From now on it could be picked.
            stampNanos = nowNanos;
            asked = true;
        }
        return initialNanos * weight(nowNanos, silence);
    }

    /** For how long no answer came, at most since a moment. */
    long silentNanos(long sinceNanos, long nowNanos) {
        return nowNanos - (heardSince(sinceNanos) ? heardNanos : sinceNanos);
    }

    /** Whether an answer came at or after a moment. */
    public boolean heardSince(long nanos) {
        return heard && heardNanos - nanos >= 0;
    }

    private double weight(long nowNanos, long decayNanos) {
        long elapsed = Math.max(0, nowNanos - stampNanos);
        return Math.exp(-(double) elapsed / decayNanos);
    }
}
