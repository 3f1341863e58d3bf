package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.HealthStatus;
import io.weft.api.wire.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.weft.api.wire.envoy.config.endpoint.v3.LbEndpoint;
import io.weft.api.wire.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.weft.api.wire.google.protobuf.Struct;
import io.weft.engine.config.Address;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.EndpointAssignment.LocalityEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the endpoints of a cluster. */
final class EndpointParser {
    private static final String TRANSPORT = "envoy.transport_socket_match";
    private static final int MAX_PRIORITY = 128;

    private final Reading reading;
    private final AddressParser addresses;

    EndpointParser(Reading reading) {
        this.reading = reading;
        this.addresses = new AddressParser(reading);
    }

    EndpointAssignment parse(String path, ClusterLoadAssignment message) {
        reading.honours(path, message, Set.of("cluster_name", "endpoints"));
        List<LocalityEndpoints> localities = new ArrayList<>();
        for (int i = 0; i < message.getEndpointsCount(); i++) {
            localities.add(locality(at(join(path, "endpoints"), i), message.getEndpoints(i)));
        }
        return new EndpointAssignment(message.getClusterName(), localities);
    }

    private LocalityEndpoints locality(String path, LocalityLbEndpoints message) {
        reading.honours(path, message, Set.of("locality", "lb_endpoints", "load_balancing_weight", "priority"));
        int priority = reading.number(join(path, "priority"), true, message.getPriority(), 0, MAX_PRIORITY, 0);
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < message.getLbEndpointsCount(); i++) {
            Endpoint endpoint = endpoint(at(join(path, "lb_endpoints"), i), message.getLbEndpoints(i));
            if (endpoint != null) {
                endpoints.add(endpoint);
            }
        }
        var locality = message.getLocality();
        return new LocalityEndpoints(
                new Locality(locality.getRegion(), locality.getZone(), locality.getSubZone()), priority, endpoints);
    }

    private @Nullable Endpoint endpoint(String path, LbEndpoint message) {
        reading.honours(path, message, Set.of("endpoint", "health_status", "metadata", "load_balancing_weight"));
        String inner = join(path, "endpoint");
        reading.honours(inner, message.getEndpoint(), Set.of("address", "hostname"));
        Address address =
                addresses.parse(join(inner, "address"), message.getEndpoint().getAddress());
        int weight = reading.number(
                join(path, "load_balancing_weight"),
                message.hasLoadBalancingWeight(),
                message.getLoadBalancingWeight().getValue(),
                1,
                Integer.MAX_VALUE,
                1);
        String metadataPath = join(path, "metadata.filter_metadata");
        Map<String, Struct> metadata = message.getMetadata().getFilterMetadataMap();
        Struct transport = metadata.get(TRANSPORT);
        if (address == null) {
            return null;
        }
        return new Endpoint(
                address,
                message.getEndpoint().getHostname(),
                weight,
                health(message.getHealthStatus()),
                transport == null ? Map.of() : reading.scalars(metadataPath + "[\"" + TRANSPORT + "\"]", transport),
                reading.weft(metadataPath, metadata));
    }

    private static Endpoint.Health health(HealthStatus status) {
        return switch (status) {
            case UNKNOWN, HEALTHY -> Endpoint.Health.HEALTHY;
            case DEGRADED -> Endpoint.Health.DEGRADED;
            case DRAINING -> Endpoint.Health.DRAINING;
            case UNHEALTHY, TIMEOUT, UNRECOGNIZED -> Endpoint.Health.UNHEALTHY;
        };
    }
}
