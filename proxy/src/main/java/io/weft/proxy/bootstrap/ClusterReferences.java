package io.weft.proxy.bootstrap;

import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.TcpProxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The clusters that a static listener names, by the path of the field that names each. */
final class ClusterReferences {
    private final Map<String, String> clusters = new LinkedHashMap<>();

    private ClusterReferences() {}

    static Map<String, String> of(String path, Listener listener) {
        ClusterReferences references = new ClusterReferences();
        for (int i = 0; i < listener.filterChains().size(); i++) {
            references.chain(
                    FieldPath.index(FieldPath.field(path, "filter_chains"), i),
                    listener.filterChains().get(i));
        }
        FilterChain otherwise = listener.defaultFilterChain();
        if (otherwise != null) {
            references.chain(FieldPath.field(path, "default_filter_chain"), otherwise);
        }
        return references.clusters;
    }

    private void chain(String path, FilterChain chain) {
        String filter = FieldPath.field(path, "filters[0].typed_config");
        switch (chain.filter()) {
            case HttpConnectionManager manager -> {
                if (manager.routes() instanceof RouteSource.Inline(var routes)) {
                    routes(FieldPath.field(filter, "route_config"), routes);
                }
            }
            case TcpProxy tcp -> specifier(filter, tcp.cluster());
        }
    }

    private void routes(String path, RouteConfiguration configuration) {
        for (int i = 0; i < configuration.virtualHosts().size(); i++) {
            String host = FieldPath.index(FieldPath.field(path, "virtual_hosts"), i);
            var routes = configuration.virtualHosts().get(i).routes();
            for (int j = 0; j < routes.size(); j++) {
                if (routes.get(j).action() instanceof RouteAction.Forward forward) {
                    String route = FieldPath.index(FieldPath.field(host, "routes"), j);
                    specifier(FieldPath.field(route, "route"), forward.cluster());
                }
            }
        }
    }

    private void specifier(String path, ClusterSpecifier specifier) {
        switch (specifier) {
            case ClusterSpecifier.Single(String name) -> clusters.put(FieldPath.field(path, "cluster"), name);
            case ClusterSpecifier.FromHeader _ -> {}
            case ClusterSpecifier.Weighted(List<ClusterSpecifier.WeightedCluster> weighted) -> {
                for (int i = 0; i < weighted.size(); i++) {
                    String item = FieldPath.index(FieldPath.field(path, "weighted_clusters.clusters"), i);
                    clusters.put(FieldPath.field(item, "name"), weighted.get(i).name());
                }
            }
        }
    }
}
