package io.weft.control.ir;

import java.util.List;

/**
 * What happens to requests for one port of a service: what becomes a virtual host. The first rule that matches holds.
 *
 * @param isDefaultPort whether a host without a port means this one
 */
public record ServiceRoutes(
        ServiceName service, MeshService.Port port, boolean isDefaultPort, List<HttpRouteRule> rules) {
    public ServiceRoutes {
        rules = List.copyOf(rules);
    }
}
