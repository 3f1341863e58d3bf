package io.weft.proxy.ads;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.config.NetworkFilter;
import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.TcpProxy;
import io.weft.engine.config.VirtualHost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What resources refer to, by name. */
final class References {
    private References() {}

    /** The discovered routing tables of a listener. */
    static Set<String> routesOf(Listener listener) {
        Set<String> names = new HashSet<>();
        for (NetworkFilter filter : filters(listener)) {
            if (filter instanceof HttpConnectionManager manager && manager.routes() instanceof RouteSource.Rds rds) {
                names.add(rds.name());
            }
        }
        return names;
    }

    /** The clusters that a listener itself names, inline routes included. */
    static Set<String> clustersOf(Listener listener) {
        Set<String> names = new HashSet<>();
        for (NetworkFilter filter : filters(listener)) {
            switch (filter) {
                case TcpProxy proxy -> add(proxy.cluster(), names);
                case HttpConnectionManager manager -> {
                    if (manager.routes() instanceof RouteSource.Inline inline) {
                        names.addAll(clustersOf(inline.routes()));
                    }
                }
            }
        }
        return names;
    }

    static Set<String> clustersOf(RouteConfiguration routes) {
        Set<String> names = new HashSet<>();
        for (VirtualHost host : routes.virtualHosts()) {
            for (Route route : host.routes()) {
                if (route.action() instanceof RouteAction.Forward forward) {
                    add(forward.cluster(), names);
                }
            }
        }
        return names;
    }

    /** The EDS name of a cluster, where its endpoints are discovered. */
    static Optional<String> endpointsOf(Cluster cluster) {
        return cluster.discovery() instanceof Cluster.Discovery.Eds eds
                ? Optional.of(eds.serviceName())
                : Optional.empty();
    }

    private static List<NetworkFilter> filters(Listener listener) {
        List<NetworkFilter> filters = new ArrayList<>();
        for (FilterChain chain : listener.filterChains()) {
            filters.add(chain.filter());
        }
        FilterChain last = listener.defaultFilterChain();
        if (last != null) {
            filters.add(last.filter());
        }
        return filters;
    }

    private static void add(ClusterSpecifier specifier, Set<String> names) {
        switch (specifier) {
            case ClusterSpecifier.Single single -> names.add(single.name());
            case ClusterSpecifier.Weighted weighted ->
                weighted.clusters().forEach(cluster -> names.add(cluster.name()));
            case ClusterSpecifier.FromHeader ignored -> {
                // Known only when the request is.
            }
        }
    }
}
