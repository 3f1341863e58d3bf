package io.weft.proxy.tcp;

import io.netty.channel.Channel;
import io.weft.core.watch.Watched;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.Connector.Security;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.SocketConnector;
import io.weft.proxy.upstream.UpstreamCluster;
import io.weft.proxy.workload.LocalWorkload;
import java.util.ArrayList;
import java.util.List;

/** Finds an endpoint for bytes and connects to it, trying others where the connection is refused. */
public final class TcpForwarder {
    private final Watched<ConfigSnapshot> snapshots;
    private final ClusterManager clusters;
    private final SocketConnector connector;

    public TcpForwarder(Watched<ConfigSnapshot> snapshots, ClusterManager clusters, SocketConnector connector) {
        this.snapshots = snapshots;
        this.clusters = clusters;
        this.connector = connector;
    }

    /** Hears of the connection; on the loop. */
    public interface Callback {
        void onConnected(TcpConnected endpoint);

        void onFailed(ProxyError error);
    }

    /**
     * @param source whose certificate is shown
     * @param specifier which cluster
     * @param attempts how many endpoints are tried; at least 1
     * @param authority host and port, for clusters whose endpoint the request names
     * @param defaultPort of the authority
     */
    public void connect(
            Loop loop,
            LocalWorkload source,
            ClusterSpecifier specifier,
            int attempts,
            String authority,
            int defaultPort,
            Callback callback) {
        String name = choose(loop, specifier);
        UpstreamCluster cluster = clusters.cluster(name, snapshots.get());
        if (cluster == null) {
            callback.onFailed(new ProxyError.Internal(Cause.NO_CLUSTER, "cluster " + name + " is not there"));
            return;
        }
        new Try(loop, source, cluster, attempts, authority, defaultPort, callback).pick();
    }

    private static String choose(Loop loop, ClusterSpecifier specifier) {
        return switch (specifier) {
            case ClusterSpecifier.Single(String name) -> name;
            case ClusterSpecifier.FromHeader _ -> "";
            case ClusterSpecifier.Weighted weighted -> {
                long total = weighted.clusters().stream()
                        .mapToLong(ClusterSpecifier.WeightedCluster::weight)
                        .sum();
                long drawn = loop.random().nextLong(total);
                for (ClusterSpecifier.WeightedCluster cluster : weighted.clusters()) {
                    drawn -= cluster.weight();
                    if (drawn < 0) {
                        yield cluster.name();
                    }
                }
                throw new IllegalStateException("weights sum up to their total");
            }
        };
    }

    private final class Try implements UpstreamCluster.PickListener {
        private final Loop loop;
        private final LocalWorkload source;
        private final UpstreamCluster cluster;
        private final int attempts;
        private final String authority;
        private final int defaultPort;
        private final Callback callback;
        private final List<Host> tried = new ArrayList<>();

        Try(
                Loop loop,
                LocalWorkload source,
                UpstreamCluster cluster,
                int attempts,
                String authority,
                int defaultPort,
                Callback callback) {
            this.loop = loop;
            this.source = source;
            this.cluster = cluster;
            this.attempts = attempts;
            this.authority = authority;
            this.defaultPort = defaultPort;
            this.callback = callback;
        }

        void pick() {
            cluster.pick(loop, authority, defaultPort, tried, this);
        }

        @Override
        public void onPicked(Host host) {
            if (!cluster.limits().tryConnection()) {
                callback.onFailed(new ProxyError.Upstream(
                        Cause.OVERFLOW,
                        "cluster " + cluster.config().name() + " has "
                                + cluster.config().limits().maxConnections() + " connections already",
                        true));
                return;
            }
            tried.add(host);
            connector.connectBytes(
                    loop,
                    new SocketConnector.Dial(
                            host.address(),
                            cluster.transport(host),
                            source,
                            List.of(),
                            cluster.config().connectTimeoutMillis(),
                            cluster.config().bufferLimitBytes(),
                            true),
                    new SocketConnector.BytesCallback() {
                        @Override
                        public void onConnected(Channel channel, Security security) {
                            host.connectionOpened();
                            channel.closeFuture().addListener(_ -> {
                                host.connectionClosed();
                                cluster.limits().releaseConnection();
                            });
                            callback.onConnected(new TcpConnected(channel, cluster, host, security));
                        }

                        @Override
                        public void onFailed(ProxyError.Upstream error) {
                            cluster.limits().releaseConnection();
                            host.connectFailed();
                            if (tried.size() < attempts) {
                                pick();
                            } else {
                                callback.onFailed(error);
                            }
                        }
                    });
        }

        @Override
        public void onPickFailed(ProxyError error) {
            callback.onFailed(error);
        }
    }
}
