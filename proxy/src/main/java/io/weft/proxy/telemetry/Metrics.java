package io.weft.proxy.telemetry;

import io.weft.core.time.Ticker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests and connections by edge. Each loop writes to a table of its own, so counting takes no lock and shares no cache line; readers merge.
 * Tables are bounded: what comes when one is full is counted as dropped.
 */
public final class Metrics implements RequestObserver {
    static final int MAX_EDGES = 1024;

    private final List<Shard> shards = new ArrayList<>();

    private final Handshakes handshakes = new Handshakes(Ticker.system());

    private static final class Shard {
        final Map<Edge, EdgeCounters> edges = new ConcurrentHashMap<>();
        final AtomicLong dropped = new AtomicLong();
    }

    /**
     * @param loops how many event loops there are
     */
    public Metrics(int loops) {
        for (int i = 0; i < loops; i++) {
            shards.add(new Shard());
        }
    }

    @Override
    public void onComplete(int loop, RequestRecord record) {
        EdgeCounters counters = counters(loop, record.edge);
        if (counters != null) {
            counters.count(record);
        }
    }

    /** A TCP connection that is carried, not read, has begun. */
    public Carried connectionOpened(int loop, Edge edge) {
        EdgeCounters counters = counters(loop, edge);
        if (counters != null) {
            EdgeCounters.add(counters.connectionsOpened, 1);
        }
        return new Carried(counters);
    }

    /** Counts what a carried connection moves, while it does: it may live for weeks. Confined to its loop. */
    public static final class Carried {
        private final @Nullable EdgeCounters counters;

        private Carried(@Nullable EdgeCounters counters) {
            this.counters = counters;
        }

        /** Bytes more, as the source sees them. */
        public void moved(long sentBytes, long receivedBytes) {
            if (counters != null) {
                EdgeCounters.add(counters.sentBytes, sentBytes);
                EdgeCounters.add(counters.receivedBytes, receivedBytes);
            }
        }

        public void closed() {
            if (counters != null) {
                EdgeCounters.add(counters.connectionsClosed, 1);
            }
        }
    }

    private @Nullable EdgeCounters counters(int loop, Edge edge) {
        Shard shard = shards.get(loop);
        EdgeCounters counters = shard.edges.get(edge);
        if (counters == null) {
            if (shard.edges.size() >= MAX_EDGES) {
                EdgeCounters.add(shard.dropped, 1);
                return null;
            }
            counters = new EdgeCounters();
            shard.edges.put(edge, counters);
        }
        return counters;
    }

    /** All edges as of now. */
    Map<Edge, EdgeTotals> totals() {
        Map<Edge, EdgeTotals> totals = new HashMap<>();
        for (Shard shard : shards) {
            shard.edges.forEach((edge, counters) ->
                    totals.computeIfAbsent(edge, key -> new EdgeTotals()).add(counters));
        }
        return totals;
    }

    /** Requests and connections that were not counted because a table was full. */
    public long dropped() {
        return shards.stream().mapToLong(shard -> shard.dropped.get()).sum();
    }

    public Handshakes handshakes() {
        return handshakes;
    }

    /** Prometheus' text format, version 0.0.4. */
    public String text() {
        return PrometheusText.of(totals(), dropped()) + handshakes.text();
    }
}
