package io.weft.control.ir;

import io.weft.resource.model.ApplicationProtocol;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A proxy process, as it presents itself when it connects.
 *
 * @param id unique in the mesh
 * @param client what kind of software it is
 * @param labels of its workload
 * @param services what its application offers
 * @param outboundPort of its outbound listener; 0: it has none
 * @param inboundPort of its inbound listener; 0: it has none
 * @param inboundAddress where the inbound listener binds
 * @param version of its software; empty where it says nothing
 */
public record ProxyNode(
        String id,
        Client client,
        String namespace,
        String workload,
        String serviceAccount,
        Map<String, String> labels,
        List<Offered> services,
        int outboundPort,
        int inboundPort,
        String inboundAddress,
        String version,
        Set<String> features) {
    public static final int DEFAULT_OUTBOUND_PORT = 15001;
    public static final int DEFAULT_INBOUND_PORT = 15006;

    public ProxyNode {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        services = List.copyOf(services);
        features = Set.copyOf(features);
    }

    /** Whose software it is, which decides what it can be told. */
    public enum Client {
        WEFT,
        ENVOY,
        /** gRPC's own xDS client inside an application. */
        GRPC
    }

    /** A Service's port that the application serves on a loopback port. */
    public record Offered(String service, int port, int applicationPort, ApplicationProtocol protocol) {}
}
