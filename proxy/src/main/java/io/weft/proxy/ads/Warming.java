package io.weft.proxy.ads;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.proxy.ads.ResourceTable.Held;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whether what a resource refers to is there. What is missing for longer than the bound no longer holds it back. Also moves single
 * resources from held to active as each is warm, which is all that can be done for a control plane that sends no Revisions: clusters
 * first, then routes, then listeners; removals the other way round.
 */
final class Warming {
    private final Holdings holdings;
    private final Absences absences;
    private final Set<String> staticClusters;

    Warming(Holdings holdings, Absences absences, Set<String> staticClusters) {
        this.holdings = holdings;
        this.absences = absences;
        this.staticClusters = Set.copyOf(staticClusters);
    }

    /** Its endpoints were told. */
    boolean isWarm(Cluster cluster) {
        return References.endpointsOf(cluster)
                .map(name -> isThere(ResourceKind.ENDPOINTS, name, holdings.endpoints.get(name) != null))
                .orElse(true);
    }

    /** Its routing tables are among {@code tables}. */
    boolean isWarm(Listener listener, Predicate<String> tables) {
        return allThere(ResourceKind.ROUTES, References.routesOf(listener), tables);
    }

    private boolean allThere(ResourceKind kind, Collection<String> names, Predicate<String> there) {
        boolean all = true;
        for (String name : names) {
            // Without a short cut: each one's absence begins to count now.
            all &= isThere(kind, name, there.test(name));
        }
        return all;
    }

    private boolean isThere(ResourceKind kind, String name, boolean there) {
        if (there) {
            absences.isThere(kind, name);
            return true;
        }
        return absences.isOver(kind, name);
    }

    /** Activates what is warm and drops what is gone. */
    void advance(Active active) {
        activate(holdings.clusters.all(), active.clusters, this::isWarm);
        Predicate<String> clusterThere = name -> active.clusters.containsKey(name) || staticClusters.contains(name);
        activate(
                holdings.routes.all(),
                active.routes,
                table -> allThere(ResourceKind.CLUSTER, References.clustersOf(table.configuration()), clusterThere));
        activate(
                holdings.listeners.all(),
                active.listeners,
                listener -> isWarm(listener, active.routes::containsKey)
                        && allThere(ResourceKind.CLUSTER, References.clustersOf(listener), clusterThere));
        active.listeners.keySet().removeIf(name -> holdings.listeners.get(name) == null);
        Set<String> routes = active.referredRoutes();
        active.routes.keySet().removeIf(name -> holdings.routes.get(name) == null && !routes.contains(name));
        Set<String> clusters = active.referredClusters();
        active.clusters
                .keySet()
                .removeIf(name -> holdings.clusters.get(name) == null
                        && (!clusters.contains(name) || absences.isOver(ResourceKind.CLUSTER, name)));
    }

    private static <T> void activate(Map<String, Held<T>> held, Map<String, Held<T>> active, Predicate<T> isWarm) {
        held.forEach((name, resource) -> {
            if (isWarm.test(resource.value())) {
                active.put(name, resource);
            }
        });
    }

    /** Forgets the absences that nothing held or active refers to any longer. */
    void forget(Active active) {
        Set<String> endpoints = holdings.wanted(ResourceKind.ENDPOINTS, active);
        Set<String> routes = holdings.wanted(ResourceKind.ROUTES, active);
        Set<String> clusters = new HashSet<>(active.referredClusters());
        holdings.routes
                .all()
                .values()
                .forEach(table ->
                        clusters.addAll(References.clustersOf(table.value().configuration())));
        holdings.listeners.all().values().forEach(listener -> clusters.addAll(References.clustersOf(listener.value())));
        absences.retain(missing -> switch (missing.kind()) {
            case ENDPOINTS -> endpoints.contains(missing.name());
            case ROUTES -> routes.contains(missing.name());
            case CLUSTER -> clusters.contains(missing.name());
            case LISTENER -> false;
        });
    }
}
