package io.weft.control.xds;

import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.weft.control.translate.UnresolvedBackend;
import java.util.ArrayList;
import java.util.List;

/** References from a set of resources to what is not in it. */
final class Dangling {
    private Dangling() {}

    static List<String> references(ResourceSet set) throws Exception {
        List<String> dangling = new ArrayList<>();
        for (XdsResource resource : set.resources().values()) {
            switch (resource.name().type()) {
                case CLUSTER -> {
                    Cluster cluster = resource.body().unpack(Cluster.class);
                    if (cluster.getType() == Cluster.DiscoveryType.EDS) {
                        require(
                                set,
                                XdsType.ENDPOINTS,
                                cluster.getEdsClusterConfig().getServiceName(),
                                dangling);
                    }
                }
                case LISTENER -> {
                    for (FilterChain chain :
                            resource.body().unpack(Listener.class).getFilterChainsList()) {
                        HttpConnectionManager manager =
                                chain.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
                        if (manager.hasRds()) {
                            require(set, XdsType.ROUTES, manager.getRds().getRouteConfigName(), dangling);
                        } else {
                            require(set, manager.getRouteConfig(), dangling);
                        }
                    }
                }
                case ROUTES -> require(set, resource.body().unpack(RouteConfiguration.class), dangling);
                case ENDPOINTS, REVISION -> {}
            }
        }
        return dangling;
    }

    private static void require(ResourceSet set, RouteConfiguration routes, List<String> dangling) {
        routes.getVirtualHostsList().stream()
                .flatMap(host -> host.getRoutesList().stream())
                .filter(route -> route.hasRoute())
                .forEach(route -> {
                    RouteAction action = route.getRoute();
                    if (action.hasWeightedClusters()) {
                        action.getWeightedClusters()
                                .getClustersList()
                                .forEach(cluster -> require(set, XdsType.CLUSTER, cluster.getName(), dangling));
                    } else {
                        require(set, XdsType.CLUSTER, action.getCluster(), dangling);
                    }
                });
    }

    private static void require(ResourceSet set, XdsType type, String name, List<String> dangling) {
        // The share of backends that cannot be had goes nowhere on purpose.
        boolean meant = type == XdsType.CLUSTER && name.equals(UnresolvedBackend.CLUSTER);
        if (!meant && !set.resources().containsKey(new XdsResource.Name(type, name))) {
            dangling.add(type + " " + name);
        }
    }
}
