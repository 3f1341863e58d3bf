package io.weft.proxy.ads;

import com.google.protobuf.Any;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.Listener;
import io.weft.engine.route.RouteTable;
import io.weft.engine.xds.Parsed;
import io.weft.engine.xds.ResourceType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everything that was received and taken, one table a kind. */
final class Holdings {
    final ResourceTable<Cluster> clusters = new ResourceTable<>(ResourceKind.CLUSTER, ResourceType.CLUSTER::parse);
    final ResourceTable<EndpointAssignment> endpoints =
            new ResourceTable<>(ResourceKind.ENDPOINTS, ResourceType.ENDPOINTS::parse);
    final ResourceTable<Listener> listeners = new ResourceTable<>(ResourceKind.LISTENER, ResourceType.LISTENER::parse);
    final ResourceTable<RouteTable> routes = new ResourceTable<>(ResourceKind.ROUTES, Holdings::routeTable);

    private static Parsed<RouteTable> routeTable(Any any) {
        var parsed = ResourceType.ROUTE_CONFIGURATION.parse(any);
        var configuration = parsed.value();
        return new Parsed<>(
                configuration == null ? null : new RouteTable(configuration), parsed.errors(), parsed.notHonoured());
    }

    ResourceTable<?> table(ResourceKind kind) {
        return switch (kind) {
            case CLUSTER -> clusters;
            case ENDPOINTS -> endpoints;
            case LISTENER -> listeners;
            case ROUTES -> routes;
        };
    }

    List<ResourceTable<?>> tables() {
        return List.of(clusters, endpoints, listeners, routes);
    }

    /** The names that the held and the active listeners and clusters refer to. */
    Set<String> wanted(ResourceKind kind, Active active) {
        Set<String> names = new HashSet<>();
        switch (kind) {
            case CLUSTER, LISTENER -> {}
            case ENDPOINTS -> {
                clusters.all()
                        .values()
                        .forEach(cluster ->
                                References.endpointsOf(cluster.value()).ifPresent(names::add));
                names.addAll(active.referredEndpoints());
            }
            case ROUTES -> {
                listeners.all().values().forEach(listener -> names.addAll(References.routesOf(listener.value())));
                names.addAll(active.referredRoutes());
            }
        }
        return names;
    }
}
