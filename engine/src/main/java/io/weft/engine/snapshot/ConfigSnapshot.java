package io.weft.engine.snapshot;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.route.RouteTable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a proxy is told, for one moment; published complete by one reference write. A request captures one and never sees it move.
 *
 *
 * @param revision the control plane's revision; 0: from a file or a foreign control plane
 * @param listeners by name
 * @param routes discovered routing tables by name
 * @param clusters by name
 */
public record ConfigSnapshot(
        long revision, Map<String, Listener> listeners, Map<String, RouteTable> routes, Map<String, Cluster> clusters) {
    public static final ConfigSnapshot EMPTY = new ConfigSnapshot(0, Map.of(), Map.of(), Map.of());

    public ConfigSnapshot {
        listeners = Map.copyOf(listeners);
        routes = Map.copyOf(routes);
        clusters = Map.copyOf(clusters);
    }

    /** The discovered table of that name, null where it is not there; inline tables are compiled by whoever holds the listener. */
    public @Nullable RouteTable routeTable(RouteSource.Rds source) {
        return routes.get(source.name());
    }
}
