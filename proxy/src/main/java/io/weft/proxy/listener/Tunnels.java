package io.weft.proxy.listener;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.TcpProxy;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.match.RequestView;
import io.weft.engine.route.RouteTable;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.http.Downstream;
import io.weft.proxy.http.Edges;
import io.weft.proxy.http.TunnelHandler;
import io.weft.proxy.http.TunnelRecord;
import io.weft.proxy.listener.ServedChain.Service;
import io.weft.proxy.tcp.ChannelSide;
import io.weft.proxy.tcp.StreamSide;
import io.weft.proxy.tcp.TcpConnected;
import io.weft.proxy.tcp.TcpForwarder;
import io.weft.proxy.tcp.TcpRecorder;
import io.weft.proxy.tcp.TcpRelay;
import io.weft.proxy.upstream.Loop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * CONNECT on an outbound listener, as clients with a proxy setting send it. To a host of the mesh the bytes come back into the listener, so that
 * they meet routes and policies; to a host outside they are carried as they are, where the routes let hosts outside pass.
 */
final class Tunnels implements TunnelHandler {
    private static final int HTTPS_PORT = 443;
    private static final long IDLE_MILLIS = 3_600_000;

    /** On a channel whose bytes came back into the listener: a tunnel inside a tunnel would lead here for ever. */
    private static final AttributeKey<Boolean> INSIDE = AttributeKey.valueOf(Tunnels.class, "inside");

    private final Listener listener;
    private final HttpConnectionManager config;
    private final ListenerServices services;
    private final ActiveListener active;
    private final TcpRecorder recorder;
    private Service.@Nullable Http service;

    /**
     * @param recorder counts what is carried
     */
    Tunnels(
            Listener listener,
            HttpConnectionManager config,
            ListenerServices services,
            ActiveListener active,
            TcpRecorder recorder) {
        this.listener = listener;
        this.config = config;
        this.services = services;
        this.active = active;
        this.recorder = recorder;
    }

    /** Whose requests, of the very same filter chain, the bytes of tunnels to the mesh become. */
    void comeBackTo(Service.Http own) {
        service = own;
    }

    @Override
    public boolean accepts(RequestHead head) {
        return listener.direction() == Listener.Direction.OUTBOUND && !(way(head) instanceof Way.None);
    }

    /** Where a CONNECT goes. */
    private sealed interface Way {
        record None() implements Way {}

        record Mesh() implements Way {}

        record Outside(ClusterSpecifier cluster) implements Way {}
    }

    private Way way(RequestHead head) {
        ConfigSnapshot snapshot = services.snapshots().get();
        RouteTable table = config.routes() instanceof RouteSource.Rds rds ? snapshot.routeTable(rds) : null;
        VirtualHost host = table == null ? null : table.virtualHost(head.authority());
        if (table == null || host == null) {
            return new Way.None();
        }
        RouteTable.Match match = table.match(new AsGet(head.authority()));
        if (match != null
                && match.route().action() instanceof RouteAction.Forward forward
                && forward.cluster() instanceof ClusterSpecifier.Single(String name)) {
            Cluster cluster = snapshot.clusters().get(name);
            if (cluster != null && cluster.discovery() instanceof Cluster.Discovery.Passthrough) {
                return new Way.Outside(forward.cluster());
            }
        }
        return host.domains().contains("*") ? new Way.None() : new Way.Mesh();
    }

    /** The request that the tunnel's bytes may hold, as far as it decides whether the host is outside. */
    private record AsGet(String authority) implements RequestView {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String scheme() {
            return "http";
        }

        @Override
        public String path() {
            return "/";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public boolean isConnect() {
            return false;
        }
    }

    @Override
    public RequestListener tunnel(ServerStream stream, RequestHead head, TunnelRecord tunnel) {
        return switch (way(head)) {
            case Way.Mesh()
            when stream.connection().channel().hasAttr(INSIDE) -> {
                tunnel.refuse(new ProxyError.Downstream(
                        Cause.LOOP,
                        "a tunnel to " + head.authority() + " within a tunnel would lead back here for ever"));
                yield RequestListener.DEAF;
            }
            case Way.Mesh() when stream.connection().version() != HttpVersion.HTTP_2 -> reenter(stream);
            case Way.Outside(ClusterSpecifier cluster) -> carry(stream, head.authority(), cluster, tunnel);
            // The configuration changed between the question and now, or the bytes would need a channel of their own.
            case Way.Mesh(), Way.None() -> refuse(tunnel, head.authority());
        };
    }

    private static RequestListener refuse(TunnelRecord tunnel, String authority) {
        tunnel.refuse(new ProxyError.Internal(Cause.NO_ROUTE, "no route takes a CONNECT to " + authority));
        return RequestListener.DEAF;
    }

    private RequestListener reenter(ServerStream stream) {
        Service.Http served = service;
        if (served == null) {
            throw new IllegalStateException("a tunnel before its filter chain is there");
        }
        Channel channel = stream.connection().channel();
        channel.attr(INSIDE).set(true);
        active.left(stream.connection());
        Loop loop = services.http().loops().of(channel.eventLoop());
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        stream.detach();
        ConnectionSetup.speakDetected(channel, active, loop, served, downstream(channel));
        channel.config().setAutoRead(true);
        return RequestListener.DEAF;
    }

    private static Downstream downstream(Channel channel) {
        return new Downstream(
                (InetSocketAddress) channel.remoteAddress(), (InetSocketAddress) channel.localAddress(), null);
    }

    private RequestListener carry(
            ServerStream stream, String authority, ClusterSpecifier cluster, TunnelRecord tunnel) {
        StreamSide clientSide = new StreamSide(stream);
        Channel channel = stream.connection().channel();
        Loop loop = services.http().loops().of(channel.eventLoop());
        Downstream downstream = downstream(channel);
        TcpRecorder.Connection bytes = recorder.begin(
                loop, downstream, new Edges(services.workloads().apply(listener), listener.direction(), downstream));
        stream.setReading(false);
        services.forwarder()
                .connect(
                        loop,
                        services.workloads().apply(listener),
                        cluster,
                        TcpProxy.DEFAULT_CONNECT_ATTEMPTS,
                        authority,
                        HTTPS_PORT,
                        new TcpForwarder.Callback() {
                            @Override
                            public void onConnected(TcpConnected endpoint) {
                                if (clientSide.isGone()) {
                                    endpoint.channel().close();
                                    tunnel.abandon();
                                    return;
                                }
                                bytes.connected(endpoint);
                                ChannelSide endpointSide = new ChannelSide(endpoint.channel());
                                TcpRelay relay = new TcpRelay(
                                        loop, clientSide, endpointSide, IDLE_MILLIS, recording(bytes, tunnel));
                                tunnel.accept(String.valueOf(endpoint.channel().remoteAddress()));
                                clientSide.attach(relay);
                                endpointSide.attach(relay, TcpRelay.Side.ENDPOINT);
                            }

                            @Override
                            public void onFailed(ProxyError error) {
                                if (clientSide.isGone()) {
                                    tunnel.abandon();
                                    return;
                                }
                                clientSide.discard();
                                tunnel.refuse(error);
                            }
                        });
        return clientSide;
    }

    private static TcpRelay.Listener recording(TcpRecorder.Connection bytes, TunnelRecord tunnel) {
        return new TcpRelay.Listener() {
            @Override
            public void onMoved(long sentBytes, long receivedBytes) {
                bytes.onMoved(sentBytes, receivedBytes);
            }

            @Override
            public void onEnd(long sentBytes, long receivedBytes, String reason) {
                bytes.onEnd(sentBytes, receivedBytes, reason);
                tunnel.end(sentBytes, receivedBytes, reason);
            }
        };
    }
}
