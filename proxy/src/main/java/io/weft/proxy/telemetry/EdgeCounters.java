package io.weft.proxy.telemetry;

import io.weft.proxy.error.ResponseFlag;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** What one loop counted of one edge. The loop alone writes, with ordered stores; any thread may read. */
final class EdgeCounters {
    /** Statuses of gRPC that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
    private static final Set<Integer> GRPC_SERVER_ERRORS = Set.of(2, 4, 12, 13, 14, 15);

    /** Ends of a response that began well. */
    private static final List<ResponseFlag> BROKEN_OFF = List.of(
            ResponseFlag.UC,
            ResponseFlag.UR,
            ResponseFlag.UT,
            ResponseFlag.DT,
            ResponseFlag.SI,
            ResponseFlag.UPE,
            ResponseFlag.LR);

    /**
     * Requests that ended alike.
     *
     * @param status 0: no response
     * @param flagBits as {@link RequestRecord#flagBits}
     * @param isFailure follows from these: failures have no count of their own, which could be read apart from the requests'
     */
    record Outcome(int status, long flagBits, int grpcStatus, boolean isFailure, AtomicLong count) {}

    private volatile Outcome[] outcomes = {};
    final AtomicLong durationNanos = new AtomicLong();
    final AtomicLong requestBytes = new AtomicLong();
    final AtomicLong responseBytes = new AtomicLong();
    final LatencyHistogram durations = new LatencyHistogram();
    final LatencyHistogram requestSizes = new LatencyHistogram();
    final LatencyHistogram responseSizes = new LatencyHistogram();
    final AtomicLong connectionsOpened = new AtomicLong();
    final AtomicLong connectionsClosed = new AtomicLong();
    final AtomicLong sentBytes = new AtomicLong();
    final AtomicLong receivedBytes = new AtomicLong();

    static void add(AtomicLong counter, long amount) {
        counter.lazySet(counter.getPlain() + amount);
    }

    void count(RequestRecord record) {
        add(outcome(record).count, 1);
        add(durationNanos, record.durationNanos);
        add(requestBytes, record.requestBytes);
        add(responseBytes, record.responseBytes);
        durations.record(record.durationNanos / 1000);
        requestSizes.record(record.requestBytes);
        responseSizes.record(record.responseBytes);
    }

    private Outcome outcome(RequestRecord record) {
        Outcome[] known = outcomes;
        for (Outcome each : known) {
            if (each.status == record.status
                    && each.flagBits == record.flagBits()
                    && each.grpcStatus == record.grpcStatus) {
                return each;
            }
        }
        Outcome added =
                new Outcome(record.status, record.flagBits(), record.grpcStatus, isFailure(record), new AtomicLong());
        Outcome[] next = Arrays.copyOf(known, known.length + 1);
        next[known.length] = added;
        outcomes = next;
        return added;
    }

    static boolean isFailure(RequestRecord record) {
        if (record.status >= 500 || GRPC_SERVER_ERRORS.contains(record.grpcStatus)) {
            return true;
        }
        if (record.flagBits() == 0) {
            return record.status == 0;
        }
        // A client that went away is nobody's failure.
        return BROKEN_OFF.stream().anyMatch(record::hasFlag)
                || (record.status == 0 && !record.hasFlag(ResponseFlag.DC));
    }

    List<Outcome> outcomes() {
        return List.of(outcomes);
    }
}
