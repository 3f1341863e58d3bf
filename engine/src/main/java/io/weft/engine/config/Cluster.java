package io.weft.engine.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints that serve the same thing, and how to talk to them (xDS: {@code Cluster}).
 *
 * @param name unique in a proxy
 * @param discovery where its endpoints come from
 * @param loadBalancing how one is picked
 * @param connectTimeoutMillis at least 1
 * @param tls towards endpoints that no transport match selects; null: plain text
 * @param transportMatches the first whose labels an endpoint has decides
 * @param http how HTTP is spoken
 * @param limits per process
 * @param outlierDetection null: none
 * @param healthChecks active ones
 * @param bufferLimitBytes how much may wait in a connection's buffers before reads pause
 * @param weft what Weft writes for itself: service name, namespace
 */
public record Cluster(
        String name,
        Discovery discovery,
        LbPolicy loadBalancing,
        long connectTimeoutMillis,
        @Nullable UpstreamTls tls,
        List<TransportMatch> transportMatches,
        UpstreamHttp http,
        CircuitBreakers limits,
        @Nullable OutlierDetection outlierDetection,
        List<HealthCheck> healthChecks,
        int bufferLimitBytes,
        WeftMetadata weft) {
    public Cluster {
        transportMatches = List.copyOf(transportMatches);
        healthChecks = List.copyOf(healthChecks);
        if (connectTimeoutMillis < 1) {
            throw new IllegalArgumentException("connect timeout " + connectTimeoutMillis + " ms: expected at least 1");
        }
    }

    /** Where a cluster's endpoints come from. */
    public sealed interface Discovery {
        /** A part of the cluster itself. */
        record Static(EndpointAssignment endpoints) implements Discovery {}

        /** Discovered by name. */
        record Eds(String serviceName) implements Discovery {}

        /**
         * Host names, resolved again and again.
         *
         * @param endpoints addresses with host names
         * @param refreshMillis between look-ups
         * @param firstAddressOnly one connection's worth of addresses, as Envoy's LOGICAL_DNS
         */
        record Dns(EndpointAssignment endpoints, long refreshMillis, boolean firstAddressOnly) implements Discovery {}

        /** The request's own authority says where to: hosts outside the mesh pass (xDS: ORIGINAL_DST with {@code use_http_header}). */
        record Passthrough() implements Discovery {}
    }

    /**
     * How endpoints with certain labels are reached.
     *
     * @param name for logs
     * @param labels all must be in the endpoint's {@code envoy.transport_socket_match} metadata
     * @param tls null: plain text
     */
    public record TransportMatch(
            String name,
            Map<String, String> labels,
            @Nullable UpstreamTls tls) {
        public TransportMatch {
            labels = Map.copyOf(labels);
        }
    }

    /**
     * How HTTP is spoken with endpoints.
     *
     * @param version which
     * @param idleTimeoutMillis of a pooled connection; 0: none
     * @param maxRequestsPerConnection 0: no bound
     * @param maxConcurrentStreams of an HTTP/2 connection
     * @param initialStreamWindowBytes HTTP/2
     * @param initialConnectionWindowBytes HTTP/2
     */
    public record UpstreamHttp(
            HttpVersion version,
            long idleTimeoutMillis,
            int maxRequestsPerConnection,
            int maxConcurrentStreams,
            int initialStreamWindowBytes,
            int initialConnectionWindowBytes) {}

    /** Which version of HTTP is spoken with endpoints. */
    public enum HttpVersion {
        HTTP1,
        HTTP2,
        /** The one that the request came in. */
        AS_DOWNSTREAM,
        /** What ALPN gives. */
        BY_ALPN
    }

    /**
     * Bounds per process and cluster.
     *
     * @param maxConnections to all endpoints
     * @param maxPendingRequests that wait for a connection
     * @param maxRequests in flight
     * @param maxRetries in flight; used where there is no budget
     * @param retryBudget null: {@code maxRetries} counts
     */
    public record CircuitBreakers(
            int maxConnections,
            int maxPendingRequests,
            int maxRequests,
            int maxRetries,
            @Nullable RetryBudget retryBudget) {}

    /**
     * Retries in flight relative to requests in flight.
     *
     * @param percent of the requests in flight; 0 to 100
     * @param minimum that is always allowed
     */
    public record RetryBudget(double percent, int minimum) {}

    /**
     * Ejects endpoints that fail (xDS: {@code OutlierDetection}).
     *
     * @param consecutiveErrors 5xx and local failures in a row; 0: off
     * @param consecutiveGatewayErrors 502, 503, 504 and local failures in a row; 0: off
     * @param consecutiveLocalFailures refused or timed-out connections and resets in a row; 0: off
     * @param intervalMillis between looks at who may return
     * @param baseEjectionMillis times how often the endpoint was ejected
     * @param maxEjectionMillis bound of the ejection
     * @param maxEjectedPercent of the endpoints; never the last
     */
    public record OutlierDetection(
            int consecutiveErrors,
            int consecutiveGatewayErrors,
            int consecutiveLocalFailures,
            long intervalMillis,
            long baseEjectionMillis,
            long maxEjectionMillis,
            int maxEjectedPercent) {}

    /**
     * Asks endpoints whether they are well.
     *
     * @param probe how
     * @param intervalMillis between probes
     * @param timeoutMillis of one
     * @param healthyThreshold good ones in a row that bring an endpoint back
     * @param unhealthyThreshold bad ones in a row that take it out
     */
    public record HealthCheck(
            Probe probe, long intervalMillis, long timeoutMillis, int healthyThreshold, int unhealthyThreshold) {
        /** How an endpoint is asked. */
        public sealed interface Probe {
            /** A connection that opens. */
            record Tcp() implements Probe {}

            /** A GET that is answered 200. */
            record Http(String host, String path) implements Probe {}
        }
    }
}
