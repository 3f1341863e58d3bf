package io.weft.proxy.http;

import io.weft.core.watch.Watched;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.telemetry.RequestObserver;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.Loops;
import java.util.List;

/**
 * What requests need of their process.
 *
 * @param snapshots the published configuration
 * @param clusters where requests go
 * @param loops where they live
 * @param observers told of each request, beside access logs: metrics
 * @param tunnels takes CONNECT requests that come back into this proxy
 */
public record HttpServices(
        Watched<ConfigSnapshot> snapshots,
        ClusterManager clusters,
        Loops loops,
        List<RequestObserver> observers,
        TunnelHandler tunnels) {
    public HttpServices {
        observers = List.copyOf(observers);
    }
}
