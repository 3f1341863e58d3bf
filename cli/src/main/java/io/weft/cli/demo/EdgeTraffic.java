package io.weft.cli.demo;

import io.weft.demo.ShopTopology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What went from one service of the shop to another.
 *
 * @param sent those that a connection was there for
 * @param successRate 0 to 1
 * @param p50Millis over the instances of the source, weighted by their requests
 * @param p99Millis of the slowest instance of the source
 * @param mtls whether all that was sent went over mutual TLS
 * @param versions requests by the version of the destination
 */
record EdgeTraffic(
        String source,
        String destination,
        long requests,
        long sent,
        double requestsPerSecond,
        double successRate,
        double p50Millis,
        double p99Millis,
        boolean mtls,
        Map<String, Long> versions) {
    /** Envoy's flags of requests that were never sent: no connection, no endpoint, no route, no cluster. */
    private static final Set<String> UNSENT = Set.of("UF", "UH", "NR", "NC");

    EdgeTraffic {
        versions = Map.copyOf(versions);
    }

    /**
     * Every edge that the shop has, also those that nothing went over.
     *
     * @param graph as the REST API tells it
     * @param period {@code window} or {@code total}
     */
    static List<EdgeTraffic> read(JsonNode graph, String period) {
        List<EdgeTraffic> edges = new ArrayList<>();
        for (ShopTopology.Edge edge : ShopTopology.edges()) {
            edges.add(sum(edge, graph, period, workload -> serviceOf(workload).equals(edge.source())));
        }
        return edges;
    }

    private static String serviceOf(String workload) {
        return ShopTopology.INSTANCES.stream()
                .filter(instance -> instance.name().equals(workload))
                .map(ShopTopology.Instance::service)
                .findFirst()
                .orElse("");
    }

    private static EdgeTraffic sum(ShopTopology.Edge edge, JsonNode graph, String period, Predicate<String> isSource) {
        long requests = 0;
        long sent = 0;
        long failures = 0;
        double rate = 0;
        double p50 = 0;
        double p99 = 0;
        boolean mtls = true;
        Map<String, Long> versions = new TreeMap<>();
        for (JsonNode found : graph.path("edges")) {
            if (!found.path("destination").path("name").asString("").equals(edge.destination())
                    || !isSource.test(found.path("source").path("name").asString(""))) {
                continue;
            }
            JsonNode stats = found.path(period);
            long count = stats.path("requests").asLong(0);
            if (count == 0) {
                continue;
            }
            requests += count;
            failures += stats.path("failures").asLong(0);
            rate += stats.path("requestsPerSecond").asDouble(0);
            p50 += count * stats.path("p50Millis").asDouble(0);
            p99 = Math.max(p99, stats.path("p99Millis").asDouble(0));
            long sentHere = count - unsent(stats.path("responseFlags"));
            sent += sentHere;
            mtls &= sentHere <= 0 || stats.path("mtls").asBoolean(false);
            for (JsonNode version : stats.path("versions")) {
                versions.merge(
                        version.path("version").asString(""),
                        version.path("requests").asLong(0),
                        Long::sum);
            }
        }
        return new EdgeTraffic(
                edge.source(),
                edge.destination(),
                requests,
                sent,
                rate,
                requests == 0 ? 1 : (double) (requests - failures) / requests,
                requests == 0 ? 0 : p50 / requests,
                p99,
                sent > 0 && mtls,
                versions);
    }

    private static long unsent(JsonNode flags) {
        return flags.propertyStream()
                .filter(each -> Stream.of(each.getKey().split(",")).anyMatch(UNSENT::contains))
                .mapToLong(each -> each.getValue().asLong(0))
                .sum();
    }
}
