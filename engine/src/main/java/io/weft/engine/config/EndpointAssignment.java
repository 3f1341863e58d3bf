package io.weft.engine.config;

import java.util.List;

/**
 * The endpoints of a cluster (xDS: {@code ClusterLoadAssignment}).
 *
 * @param clusterName the EDS name
 * @param localities groups of endpoints
 */
public record EndpointAssignment(String clusterName, List<LocalityEndpoints> localities) {
    public EndpointAssignment {
        localities = List.copyOf(localities);
    }

    /**
     * Endpoints in one place.
     *
     * @param locality where
     * @param priority 0 first
     * @param endpoints in it
     */
    public record LocalityEndpoints(Locality locality, int priority, List<Endpoint> endpoints) {
        public LocalityEndpoints {
            endpoints = List.copyOf(endpoints);
        }
    }

    /** A place; parts may be empty. */
    public record Locality(String region, String zone, String subZone) {
        public static final Locality NONE = new Locality("", "", "");
    }
}
