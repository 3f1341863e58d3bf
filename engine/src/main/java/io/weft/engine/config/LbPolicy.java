package io.weft.engine.config;

/** How an endpoint is picked. */
public sealed interface LbPolicy {
    /** In turn, by weight. */
    record RoundRobin() implements LbPolicy {}

    /**
     * Of a few random endpoints the one with the fewest requests in flight.
     *
     * @param choices 2 to 8
     */
    record LeastRequest(int choices) implements LbPolicy {}

    /** At random, by weight. */
    record Random() implements LbPolicy {}

    /**
     * Of two random endpoints the one with the lower product of latency estimate and requests in flight.
     *
     * @param decayMillis time constant of the estimate
     * @param initialMillis estimate for an endpoint that has answered nothing yet
     */
    record PeakEwma(long decayMillis, long initialMillis) implements LbPolicy {
        public static final PeakEwma DEFAULT = new PeakEwma(10_000, 30);
    }
}
