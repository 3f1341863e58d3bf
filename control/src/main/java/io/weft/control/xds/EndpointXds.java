package io.weft.control.xds;

import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.weft.control.ir.MeshEndpoint;
import io.weft.engine.config.WeftMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Endpoints of a service's port, grouped by place. */
final class EndpointXds {
    static final String TLS_MODE = "tlsMode";
    private static final String TRANSPORT_MATCH = "envoy.transport_socket_match";

    private EndpointXds() {}

    /** @param endpoints sorted, so that equal sets are equal bytes */
    static ClusterLoadAssignment assignment(String name, List<MeshEndpoint> endpoints) {
        Map<Locality, LocalityLbEndpoints.Builder> places = new LinkedHashMap<>();
        for (MeshEndpoint endpoint : endpoints) {
            Locality place = Locality.newBuilder()
                    .setRegion(endpoint.locality().region())
                    .setZone(endpoint.locality().zone())
                    .setSubZone(endpoint.locality().subZone())
                    .build();
            places.computeIfAbsent(
                            place,
                            key -> LocalityLbEndpoints.newBuilder()
                                    .setLocality(key)
                                    .setLoadBalancingWeight(Protos.uint(1)))
                    .addLbEndpoints(endpoint(endpoint));
        }
        ClusterLoadAssignment.Builder assignment =
                ClusterLoadAssignment.newBuilder().setClusterName(name);
        places.values()
                .forEach(place -> assignment.addEndpoints(
                        place.setLoadBalancingWeight(Protos.uint(place.getLbEndpointsCount()))));
        return assignment.build();
    }

    private static LbEndpoint endpoint(MeshEndpoint endpoint) {
        Metadata metadata = Metadata.newBuilder()
                .putFilterMetadata(
                        TRANSPORT_MATCH,
                        Protos.struct(Map.of(TLS_MODE, endpoint.reach().wireName())))
                .putFilterMetadata(
                        Protos.WEFT,
                        Protos.struct(Map.of(
                                WeftMetadata.IDENTITY, endpoint.identity().toString(),
                                WeftMetadata.NAMESPACE, endpoint.namespace(),
                                WeftMetadata.WORKLOAD, endpoint.workload(),
                                WeftMetadata.VERSION, endpoint.version())))
                .build();
        return LbEndpoint.newBuilder()
                .setEndpoint(Endpoint.newBuilder().setAddress(Protos.address(endpoint.address(), endpoint.port())))
                .setHealthStatus(HealthStatus.HEALTHY)
                .setMetadata(metadata)
                .build();
    }
}
