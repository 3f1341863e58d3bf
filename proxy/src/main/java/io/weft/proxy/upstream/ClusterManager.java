package io.weft.proxy.upstream;

import io.weft.core.watch.Watched;
import io.weft.engine.config.Cluster;
import io.weft.engine.snapshot.ConfigSnapshot;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clusters of a process, kept in step with the published configuration. Reading is one volatile read and a look-up. Safe on any thread.
 */
public final class ClusterManager implements AutoCloseable {
    private final Watched<ConfigSnapshot> snapshots;
    private final UpstreamServices services;
    private final Watched.Subscription subscription;
    private volatile Map<String, UpstreamCluster> clusters = Map.of();

    /** Follows {@code snapshots} from now on: what they hold is there when this returns. */
    public ClusterManager(Watched<ConfigSnapshot> snapshots, UpstreamServices services) {
        this.snapshots = snapshots;
        this.services = services;
        apply();
        this.subscription = snapshots.watch(Runnable::run, latest -> apply());
    }

    /** The cluster of that name, or null where the configuration that a request captured has none. */
    public @Nullable UpstreamCluster cluster(String name, ConfigSnapshot captured) {
        UpstreamCluster found = clusters.get(name);
        if (found == null && captured.clusters().containsKey(name)) {
            // The snapshot was published an instant ago, and its publisher has not told us yet.
            apply();
            found = clusters.get(name);
        }
        return found;
    }

    /** All clusters by name, as of now. */
    public Map<String, UpstreamCluster> clusters() {
        return clusters;
    }

    private synchronized void apply() {
        Map<String, Cluster> wanted = snapshots.get().clusters();
        Map<String, UpstreamCluster> next = new HashMap<>();
        for (Cluster cluster : wanted.values()) {
            UpstreamCluster present = clusters.get(cluster.name());
            if (present == null) {
                present = new UpstreamCluster(cluster, services);
            } else if (!present.config().equals(cluster)) {
                present.configure(cluster);
            }
            next.put(cluster.name(), present);
        }
        Map<String, UpstreamCluster> previous = clusters;
        clusters = Map.copyOf(next);
        previous.forEach((name, cluster) -> {
            if (!next.containsKey(name)) {
                cluster.close();
            }
        });
    }

    @Override
    public void close() {
        subscription.close();
        clusters.values().forEach(UpstreamCluster::close);
    }
}
