package io.weft.proxy.telemetry;

import java.util.HashMap;
import java.util.Map;

/** What all loops counted of one edge, at one moment. Not thread-safe. */
final class EdgeTotals {
    /**
     * @param flags as metrics write them
     */
    record OutcomeKey(int status, String flags, int grpcStatus) {}

    final Map<OutcomeKey, Long> outcomes = new HashMap<>();
    final long[] durations = new long[LatencyHistogram.BUCKETS];
    final long[] requestSizes = new long[LatencyHistogram.BUCKETS];
    final long[] responseSizes = new long[LatencyHistogram.BUCKETS];
    long failures;
    long durationNanos;
    long requestBytes;
    long responseBytes;
    long connectionsOpened;
    long connectionsClosed;
    long sentBytes;
    long receivedBytes;

    void add(EdgeCounters counters) {
        for (EdgeCounters.Outcome outcome : counters.outcomes()) {
            OutcomeKey key =
                    new OutcomeKey(outcome.status(), RequestRecord.flagText(outcome.flagBits()), outcome.grpcStatus());
            long count = outcome.count().get();
            outcomes.merge(key, count, Long::sum);
            if (outcome.isFailure()) {
                failures += count;
            }
        }
        counters.durations.addTo(durations);
        counters.requestSizes.addTo(requestSizes);
        counters.responseSizes.addTo(responseSizes);
        durationNanos += counters.durationNanos.get();
        requestBytes += counters.requestBytes.get();
        responseBytes += counters.responseBytes.get();
        connectionsOpened += counters.connectionsOpened.get();
        connectionsClosed += counters.connectionsClosed.get();
        sentBytes += counters.sentBytes.get();
        receivedBytes += counters.receivedBytes.get();
    }

    long requests() {
        return outcomes.values().stream().mapToLong(Long::longValue).sum();
    }
}
