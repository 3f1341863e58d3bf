package io.weft.control.telemetry;

import io.weft.control.telemetry.TrafficStore.Measured;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Who calls whom: the series of {@link TrafficStore} summed up by source workload and destination service.
 *
 * <p>An edge is counted at its source. What destinations report is used only for callers that are not part of the mesh, so that
 * nothing counts twice.
 *
 * @param windowSeconds what {@link Edge#window} covers
 * @param edges by source, then destination
 * @param droppedEdges edges left out because a table was full
 */
public record ServiceGraph(int windowSeconds, List<Edge> edges, long droppedEdges) {
    public ServiceGraph {
        edges = List.copyOf(edges);
    }

    /** The graph of the last {@code windowSeconds} full seconds; 1 to {@link TrafficStore#MAX_WINDOW_SECONDS}. */
    public static ServiceGraph of(TrafficStore store, int windowSeconds) {
        Map<Ends, List<Measured>> byEnds = new TreeMap<>();
        for (Measured measured : store.measure(windowSeconds)) {
            if (isCountedHere(measured.key())) {
                byEnds.computeIfAbsent(Ends.of(measured.key()), ends -> new ArrayList<>())
                        .add(measured);
            }
        }
        List<Edge> edges = new ArrayList<>(byEnds.size());
        byEnds.forEach((ends, series) -> edges.add(edge(ends, series, windowSeconds)));
        return new ServiceGraph(windowSeconds, edges, store.dropped());
    }

    private static boolean isCountedHere(EdgeKey key) {
        return switch (key.reporter()) {
            case SOURCE -> true;
            case DESTINATION -> key.sourceWorkload().isEmpty();
        };
    }

    private static Edge edge(Ends ends, List<Measured> series, int windowSeconds) {
        Sum window = new Sum();
        Sum total = new Sum();
        TreeSet<String> protocols = new TreeSet<>();
        long age = 1;
        for (Measured measured : series) {
            window.add(measured.key(), measured.window());
            total.add(measured.key(), measured.total());
            protocols.add(measured.key().protocol());
            age = Math.max(age, measured.ageSeconds());
        }
        return new Edge(
                ends.source(),
                ends.destination(),
                List.copyOf(protocols),
                window.stats(Math.min(windowSeconds, age)),
                total.stats(age));
    }

    /**
     * One caller and what it calls.
     *
     * @param source a workload; its name is empty for callers that are not part of the mesh
     * @param destination a service, or a host outside the mesh
     * @param protocols http, http2, grpc, tcp; sorted
     * @param window the last seconds
     * @param total since the control plane started
     */
    public record Edge(End source, End destination, List<String> protocols, Stats window, Stats total) {}

    /** One end of an edge; the namespace is empty outside the mesh. */
    public record End(String namespace, String name) implements Comparable<End> {
        @Override
        public int compareTo(End other) {
            return Comparator.comparing(End::namespace).thenComparing(End::name).compare(this, other);
        }
    }

    /**
     * @param requestsPerSecond over the period, or since the edge was first seen where that is shorter
     * @param successRate 0 to 1; 1 where there was no request
     * @param p50Millis 0 where there was no request
     * @param p99Millis 0 where there was no request
     * @param mtls whether every request that was sent went over mutual TLS; false where none was
     * @param responseFlags how often each was set
     * @param versions how the requests were shared by the destination's versions; empty versions are left out
     */
    public record Stats(
            long requests,
            long failures,
            double requestsPerSecond,
            double successRate,
            double p50Millis,
            double p99Millis,
            boolean mtls,
            long requestBytes,
            long responseBytes,
            Map<String, Long> responseFlags,
            List<VersionShare> versions) {}

    /**
     * @param share 0 to 1
     */
    public record VersionShare(String version, long requests, double share) {}

    private record Ends(End source, End destination) implements Comparable<Ends> {
        static Ends of(EdgeKey key) {
            return new Ends(
                    new End(key.sourceNamespace(), key.sourceWorkload()),
                    new End(key.destinationNamespace(), key.destinationService()));
        }

        @Override
        public int compareTo(Ends other) {
            return Comparator.comparing(Ends::source)
                    .thenComparing(Ends::destination)
                    .compare(this, other);
        }
    }

    private static final class Sum {
        /** Envoy's flag for a connection that was not made. */
        private static final String NO_CONNECTION = "UF";

        private final EdgeSums sums = new EdgeSums(LatencyHistogram.empty());
        private final Map<String, Long> byVersion = new TreeMap<>();
        private long mutualTls;
        private long plain;

        void add(EdgeKey key, EdgeSums part) {
            sums.add(part);
            if (key.mutualTls()) {
                mutualTls += part.requests();
            } else {
                // What failed for want of an endpoint, or of a connection to one, was never sent.
                plain += part.requests() - (key.reached() ? withoutConnection(part) : part.failures());
            }
            if (!key.destinationVersion().isEmpty() && part.requests() > 0) {
                byVersion.merge(key.destinationVersion(), part.requests(), Long::sum);
            }
        }

        private static long withoutConnection(EdgeSums part) {
            return part.responseFlags().entrySet().stream()
                    .filter(entry -> List.of(entry.getKey().split(",")).contains(NO_CONNECTION))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }

        Stats stats(long seconds) {
            long requests = sums.requests();
            List<VersionShare> versions = new ArrayList<>(byVersion.size());
            byVersion.forEach(
                    (version, count) -> versions.add(new VersionShare(version, count, (double) count / requests)));
            return new Stats(
                    requests,
                    sums.failures(),
                    (double) requests / seconds,
                    requests == 0 ? 1 : (double) (requests - sums.failures()) / requests,
                    millis(sums.latency(), 50),
                    millis(sums.latency(), 99),
                    mutualTls > 0 && plain == 0,
                    sums.requestBytes(),
                    sums.responseBytes(),
                    sums.responseFlags(),
                    List.copyOf(versions));
        }

        private static double millis(Histogram latency, double percentile) {
            long micros = latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(percentile);
            return micros / (double) TimeUnit.MILLISECONDS.toMicros(1);
        }
    }
}
