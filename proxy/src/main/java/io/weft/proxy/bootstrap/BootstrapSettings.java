package io.weft.proxy.bootstrap;

import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a bootstrap file tells a proxy.
 *
 * @param node who the proxy is
 * @param admin where the admin server listens; null: nowhere
 * @param listeners {@code static_resources.listeners}, with names that differ
 * @param clusters {@code static_resources.clusters}, with names that differ
 * @param maxDownstreamConnections how many connections may be open at once; 0: what the process can carry
 * @param ads where further configuration comes from; null: from nowhere
 */
public record BootstrapSettings(
        ProxyNode node,
        @Nullable Address admin,
        List<Listener> listeners,
        List<Cluster> clusters,
        int maxDownstreamConnections,
        @Nullable AdsSettings ads) {
    public BootstrapSettings {
        listeners = List.copyOf(listeners);
        clusters = List.copyOf(clusters);
    }

    /**
     * Delta ADS.
     *
     * @param cluster the static cluster through which the control plane is reached; one of the settings' clusters
     * @param listeners whether listeners (and their routes) are discovered
     * @param clusters whether clusters (and their endpoints) are discovered
     */
    public record AdsSettings(String cluster, boolean listeners, boolean clusters) {}
}
