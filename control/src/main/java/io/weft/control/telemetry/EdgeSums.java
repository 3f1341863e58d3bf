package io.weft.control.telemetry;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Sums over samples. Confined to its owner. */
final class EdgeSums {
    /** Envoy has about thirty flags; what comes beyond is not kept. */
    private static final int MAX_FLAGS = 64;

    private long requests;
    private long failures;
    private long requestBytes;
    private long responseBytes;
    private final Map<String, Long> responseFlags = new TreeMap<>();
    private final Histogram latency;

    EdgeSums(Histogram emptyLatency) {
        this.latency = emptyLatency;
    }

    void add(EdgeSample sample) {
        requests += sample.requests();
        failures += sample.failures();
        requestBytes += sample.requestBytes();
        responseBytes += sample.responseBytes();
        addFlags(sample.responseFlags());
        latency.add(sample.latency());
    }

    void add(EdgeSums other) {
        requests += other.requests;
        failures += other.failures;
        requestBytes += other.requestBytes;
        responseBytes += other.responseBytes;
        addFlags(other.responseFlags);
        latency.add(other.latency);
    }

    private void addFlags(Map<String, Long> flags) {
        flags.forEach((flag, count) -> {
            if (responseFlags.size() < MAX_FLAGS || responseFlags.containsKey(flag)) {
                responseFlags.merge(flag, count, Long::sum);
            }
        });
    }

    EdgeSums copy(Histogram emptyLatency) {
        EdgeSums copy = new EdgeSums(emptyLatency);
        copy.add(this);
        return copy;
    }

    long requests() {
        return requests;
    }

    long failures() {
        return failures;
    }

    long requestBytes() {
        return requestBytes;
    }

    long responseBytes() {
        return responseBytes;
    }

    Map<String, Long> responseFlags() {
        return Map.copyOf(responseFlags);
    }

    Histogram latency() {
        return latency;
    }
}
