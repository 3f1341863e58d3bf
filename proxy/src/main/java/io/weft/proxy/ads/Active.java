package io.weft.proxy.ads;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.route.RouteTable;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.ads.ResourceTable.Held;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What the proxy runs: the static resources, and what is active of the control plane's. */
final class Active {
    private final ConfigSnapshot base;
    final Map<String, Held<Listener>> listeners = new HashMap<>();
    final Map<String, Held<RouteTable>> routes = new HashMap<>();
    final Map<String, Held<Cluster>> clusters = new HashMap<>();

    Active(ConfigSnapshot base) {
        this.base = base;
    }

    /** The clusters that active routes and listeners name. */
    Set<String> referredClusters() {
        Set<String> names = new HashSet<>();
        routes.values()
                .forEach(table ->
                        names.addAll(References.clustersOf(table.value().configuration())));
        listeners.values().forEach(listener -> names.addAll(References.clustersOf(listener.value())));
        base.listeners().values().forEach(listener -> names.addAll(References.clustersOf(listener)));
        return names;
    }

    /** The EDS names of active clusters. */
    Set<String> referredEndpoints() {
        Set<String> names = new HashSet<>();
        clusters.values()
                .forEach(cluster -> References.endpointsOf(cluster.value()).ifPresent(names::add));
        base.clusters()
                .values()
                .forEach(cluster -> References.endpointsOf(cluster).ifPresent(names::add));
        return names;
    }

    /** The discovered routing tables of active listeners. */
    Set<String> referredRoutes() {
        Set<String> names = new HashSet<>();
        base.listeners().values().forEach(listener -> names.addAll(References.routesOf(listener)));
        listeners.values().forEach(listener -> names.addAll(References.routesOf(listener.value())));
        return names;
    }

    /** Together with the static resources, which no discovered one of the same name replaces (as in Envoy). */
    ConfigSnapshot snapshot(long revision) {
        return new ConfigSnapshot(
                revision,
                merged(base.listeners(), listeners),
                merged(base.routes(), routes),
                merged(base.clusters(), clusters));
    }

    private static <T> Map<String, T> merged(Map<String, T> base, Map<String, Held<T>> discovered) {
        Map<String, T> all = new HashMap<>();
        discovered.forEach((name, resource) -> all.put(name, resource.value()));
        all.putAll(base);
        return all;
    }
}
