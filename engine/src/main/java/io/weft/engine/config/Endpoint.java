package io.weft.engine.config;

import java.util.Map;

/**
 * An address that serves a cluster's requests.
 *
 * @param address where; a host name only in DNS clusters
 * @param hostname for health checks and host rewriting; may be empty
 * @param weight at least 1
 * @param health as its control plane sees it
 * @param transport labels for transport matches: {@code envoy.transport_socket_match}
 * @param weft what Weft writes for itself: workload, namespace, version, identity
 */
public record Endpoint(
        Address address, String hostname, int weight, Health health, Map<String, String> transport, WeftMetadata weft) {
    public Endpoint {
        transport = Map.copyOf(transport);
        if (weight < 1) {
            throw new IllegalArgumentException("weight " + weight + ": expected at least 1");
        }
    }

    /** An endpoint's health as its control plane sees it. */
    public enum Health {
        HEALTHY,
        DEGRADED,
        DRAINING,
        UNHEALTHY
    }
}
