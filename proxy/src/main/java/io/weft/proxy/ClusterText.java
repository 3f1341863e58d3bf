package io.weft.proxy;

import io.weft.proxy.host.Host;
import io.weft.proxy.host.Limits;
import io.weft.proxy.host.OutlierDetector;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.UpstreamCluster;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Clusters and their endpoints in words and as metrics. */
final class ClusterText {
    private ClusterText() {}

    /** One line a figure, as Envoy's {@code /clusters}: {@code cluster::endpoint::figure::value}. */
    static String of(ClusterManager clusters) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(clusters.clusters()).forEach((name, cluster) -> {
            Limits limits = cluster.limits();
            line(text, name, "connections_active", limits.activeConnections());
            line(text, name, "connections_max", limits.bounds().maxConnections());
            line(text, name, "requests_active", limits.activeRequests());
            line(text, name, "requests_pending", limits.activePending());
            line(text, name, "retries_active", limits.activeRetries());
            for (Host host : cluster.endpoints().hosts()) {
                host(text, name + "::" + host, host);
            }
        });
        return text.toString();
    }

    private static void host(StringBuilder text, String prefix, Host host) {
        line(text, prefix, "health", health(host));
        line(text, prefix, "weight", host.endpoint().weight());
        line(text, prefix, "cx_active", host.activeConnections());
        line(text, prefix, "cx_total", host.totalConnections());
        line(text, prefix, "cx_connect_fail", host.failedConnections());
        line(text, prefix, "rq_active", host.activeRequests());
        line(text, prefix, "rq_total", host.totalRequests());
        line(text, prefix, "rq_error", host.failedRequests());
        line(text, prefix, "zone", host.locality().zone());
    }

    private static String health(Host host) {
        return host.isEjected() ? "ejected" : host.isAvailable() ? "healthy" : "unhealthy";
    }

    private static void line(StringBuilder text, String prefix, String figure, Object value) {
        text.append(prefix)
                .append("::")
                .append(figure)
                .append("::")
                .append(value)
                .append('\n');
    }

    /** Prometheus' text format: one series a cluster, so that their number does not grow with endpoints. */
    static String metrics(ClusterManager clusters) {
        StringBuilder text = new StringBuilder();
        Map<String, UpstreamCluster> sorted = new TreeMap<>(clusters.clusters());
        gauge(
                text,
                sorted,
                "weft_cluster_endpoints",
                "Endpoints.",
                cluster -> cluster.endpoints().hosts().size());
        gauge(
                text,
                sorted,
                "weft_cluster_endpoints_available",
                "Endpoints that requests may go to.",
                cluster -> cluster.endpoints().hosts().stream()
                        .filter(Host::isAvailable)
                        .count());
        gauge(
                text,
                sorted,
                "weft_cluster_connections_active",
                "Open connections.",
                cluster -> cluster.limits().activeConnections());
        gauge(
                text,
                sorted,
                "weft_cluster_requests_active",
                "Requests in flight.",
                cluster -> cluster.limits().activeRequests());
        gauge(
                text,
                sorted,
                "weft_cluster_requests_pending",
                "Requests that wait for a connection.",
                cluster -> cluster.limits().activePending());
        series(
                text,
                sorted,
                "weft_cluster_retries_total",
                "counter",
                "Requests that were sent again.",
                cluster -> cluster.limits().totalRetries());
        series(
                text,
                sorted,
                "weft_cluster_ejections_total",
                "counter",
                "Endpoints that were taken out because they failed.",
                ClusterText::ejections);
        return text.toString();
    }

    private static long ejections(UpstreamCluster cluster) {
        OutlierDetector detector = cluster.outliers();
        return detector == null ? 0 : detector.ejections();
    }

    private static void gauge(
            StringBuilder text,
            Map<String, UpstreamCluster> clusters,
            String name,
            String help,
            ToLongFunction<UpstreamCluster> value) {
        series(text, clusters, name, "gauge", help, value);
    }

    private static void series(
            StringBuilder text,
            Map<String, UpstreamCluster> clusters,
            String name,
            String type,
            String help,
            ToLongFunction<UpstreamCluster> value) {
        text.append("# HELP ")
                .append(name)
                .append(' ')
                .append(help)
                .append("\n# TYPE ")
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
        clusters.forEach((cluster, live) -> text.append(name)
                .append("{cluster=\"")
                .append(cluster.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\"} ")
                .append(value.applyAsLong(live))
                .append('\n'));
    }
}
