package io.weft.proxy.upstream;

import io.weft.engine.config.Cluster;
import io.weft.proxy.host.Host;
import io.weft.proxy.host.Limits;
import io.weft.proxy.workload.LocalWorkload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One loop's connections to one cluster. Confined to its loop. */
final class ClusterPools {
    private final Loop loop;
    private final Connector connector;
    private final Limits limits;
    private final Map<HostPool.Key, HostPool> pools = new HashMap<>();
    /** The one that was asked for last: found again without a key. */
    private @Nullable HostPool last;

    ClusterPools(Loop loop, Connector connector, Limits limits) {
        this.loop = loop;
        this.connector = connector;
        this.limits = limits;
    }

    @SuppressWarnings(
            "ReferenceEquality") // a configuration is replaced as a whole; comparing values would cost each request
    HostPool pool(Cluster cluster, Host host, Transport transport, LocalWorkload source, WantedVersion version) {
        HostPool recent = last;
        if (recent != null && recent.cluster() == cluster && recent.key().is(host, transport, source, version)) {
            return recent;
        }
        HostPool.Key key = new HostPool.Key(host, transport, source, version);
        HostPool pool = pools.get(key);
        if (pool == null || pool.cluster() != cluster) {
            if (pool != null) {
                pool.drain();
            }
            pool = newPool(key, cluster);
        }
        last = pool;
        return pool;
    }

    private HostPool newPool(HostPool.Key key, Cluster cluster) {
        HostPool[] made = new HostPool[1];
        HostPool pool = new HostPool(loop, connector, key, cluster, limits, () -> remove(key, made[0]));
        made[0] = pool;
        pools.put(key, pool);
        return pool;
    }

    private void remove(HostPool.Key key, HostPool pool) {
        pools.remove(key, pool);
        last = null;
    }

    /** Drains the pools whose key is not wanted any longer. */
    void retain(Predicate<HostPool.Key> wanted) {
        for (HostPool pool : new ArrayList<>(pools.values())) {
            if (!wanted.test(pool.key())) {
                remove(pool.key(), pool);
                pool.drain();
            }
        }
    }
}
