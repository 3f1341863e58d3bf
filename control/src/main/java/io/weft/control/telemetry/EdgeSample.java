package io.weft.control.telemetry;

import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What one reporter counted on one edge since its last report.
 *
 * @param requests not negative
 * @param failures not negative, at most {@code requests}
 * @param requestBytes not negative
 * @param responseBytes not negative
 * @param responseFlags how often each flag was set
 * @param latency durations in microseconds, as {@link LatencyHistogram#decode} gives them
 */
record EdgeSample(
        long requests,
        long failures,
        long requestBytes,
        long responseBytes,
        Map<String, Long> responseFlags,
        Histogram latency) {
    /** Far above what one proxy can do in a report's window; keeps sums from overflowing. */
    static final long MAX_COUNT = 1L << 40;

    private static final int MAX_FLAGS = 64;
    private static final int MAX_FLAG_LENGTH = 32;

    EdgeSample {
        requireCount("requests", requests);
        requireCount("failures", failures);
        requireCount("request_bytes", requestBytes);
        requireCount("response_bytes", responseBytes);
        if (failures > requests) {
            throw new IllegalArgumentException(failures + " failures of " + requests + " requests");
        }
        if (responseFlags.size() > MAX_FLAGS) {
            throw new IllegalArgumentException(responseFlags.size() + " response flags: expected at most " + MAX_FLAGS);
        }
        responseFlags = Map.copyOf(responseFlags);
        responseFlags.keySet().forEach(EdgeSample::requireFlag);
        responseFlags.forEach((flag, count) -> requireCount("response_flags[" + flag + "]", count));
    }

    private static void requireFlag(String flag) {
        if (flag.isEmpty() || flag.length() > MAX_FLAG_LENGTH) {
            throw new IllegalArgumentException(
                    "a response flag of " + flag.length() + " characters: expected 1 to " + MAX_FLAG_LENGTH);
        }
    }

    private static void requireCount(String name, long count) {
        if (count < 0 || count > MAX_COUNT) {
            throw new IllegalArgumentException(name + " is " + count + ": expected 0 to " + MAX_COUNT);
        }
    }
}
