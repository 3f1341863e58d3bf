package io.weft.control.ir;

import io.weft.resource.model.MeshConfig;
import java.util.List;

/**
 * All that clients in one namespace can call: what becomes the route configuration {@code outbound/<namespace>}.
 *
 * @param outside what happens to requests for hosts outside the mesh
 */
public record OutboundRoutes(String namespace, List<ServiceRoutes> services, MeshConfig.OutboundPolicy outside) {
    public OutboundRoutes {
        services = List.copyOf(services);
    }
}
