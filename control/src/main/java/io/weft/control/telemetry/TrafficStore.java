package io.weft.control.telemetry;

import io.weft.core.time.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The traffic of the mesh: for each edge a ring of one-second slots for the last minute, and sums since the control plane started.
 * In memory only; bounded in edges, and what does not fit is counted.
 *
 * <p>A slot is the second in which a report arrived, by this process's clock: the clocks of proxies need not agree.
 */
public final class TrafficStore {
    /** The longest window that can be asked for. */
    public static final int MAX_WINDOW_SECONDS = 60;

    private final ConcurrentHashMap<EdgeKey, EdgeSeries> series = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final LongAdder dropped = new LongAdder();
    private final Ticker ticker;
    private final int maxEdges;

    /**
     * @param maxEdges how many edges are kept; a busy one takes tens of KiB
     */
    public TrafficStore(Ticker ticker, int maxEdges) {
        this.ticker = ticker;
        this.maxEdges = maxEdges;
    }

    void record(EdgeKey key, EdgeSample sample) {
        EdgeSeries target = series.get(key);
        if (target == null) {
            target = add(key);
        }
        if (target == null) {
            dropped.increment();
            return;
        }
        target.record(second(), sample);
    }

    /** Adds what reporters themselves had to leave out. */
    void countDropped(long edges) {
        dropped.add(Math.clamp(edges, 0, EdgeSample.MAX_COUNT));
    }

    /** Edges that were left out because a table was full, here or at a reporter. */
    public long dropped() {
        return dropped.sum();
    }

    /**
     * Every edge with what it carried in the last full seconds and since the start.
     *
     * @param windowSeconds 1 to {@link #MAX_WINDOW_SECONDS}
     */
    List<Measured> measure(int windowSeconds) {
        if (windowSeconds < 1 || windowSeconds > MAX_WINDOW_SECONDS) {
            throw new IllegalArgumentException(
                    "window of " + windowSeconds + " seconds: expected 1 to " + MAX_WINDOW_SECONDS);
        }
        long now = second();
        List<Measured> result = new ArrayList<>(series.size());
        for (Map.Entry<EdgeKey, EdgeSeries> entry : series.entrySet()) {
            result.add(entry.getValue().measure(entry.getKey(), now, windowSeconds));
        }
        return result;
    }

    private @Nullable EdgeSeries add(EdgeKey key) {
        if (size.incrementAndGet() > maxEdges) {
            size.decrementAndGet();
            return series.get(key);
        }
        EdgeSeries created = new EdgeSeries(second());
        EdgeSeries present = series.putIfAbsent(key, created);
        if (present != null) {
            size.decrementAndGet();
            return present;
        }
        return created;
    }

    private long second() {
        return TimeUnit.NANOSECONDS.toSeconds(ticker.nanos());
    }

    /**
     * @param window the last full seconds
     * @param total since the start
     * @param ageSeconds since the edge was first seen; at least 1
     */
    record Measured(EdgeKey key, EdgeSums window, EdgeSums total, long ageSeconds) {}
}
