package io.weft.control.ir;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.TrafficSettings;
import java.util.List;

/**
 * How clients reach one port of a service: what becomes a cluster.
 *
 * @param settings complete: no field of it is null
 * @param identities of all workloads that serve it, healthy or not, sorted; empty while there are none
 * @param http2 whether HTTP/2 is spoken to its endpoints whatever a request came in
 */
public record ServicePort(
        ServiceName service,
        MeshService.Port port,
        TrafficSettings settings,
        List<SpiffeId> identities,
        boolean http2,
        TrustDomain trustDomain,
        Origin origin) {
    public ServicePort {
        identities = List.copyOf(identities);
    }
}
