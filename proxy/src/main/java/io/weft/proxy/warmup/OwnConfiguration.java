package io.weft.proxy.warmup;

import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.DownstreamTls;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.FilterConfig;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.ClientCertificate;
import io.weft.engine.config.HttpConnectionManager.ClientCertificateDetail;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.UpstreamTls;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the proxy's own requests meet: a listener that forwards by path, to listeners that answer. With what most configurations use. */
final class OwnConfiguration {
    static final String HOST = "warm-up.local";
    static final String SERVER_NAME = "warm-up";
    private static final Address LOOPBACK = new Address("127.0.0.1", 0);
    private static final int STREAMS = 100;
    private static final int WINDOW = 1 << 16;
    private static final int BODY = 256;

    /** More than the whole may take. */
    static final long MILLIS = 5_000;

    /** As the proxy's own clients speak it. */
    static final Cluster.UpstreamHttp HTTP =
            new Cluster.UpstreamHttp(Cluster.HttpVersion.AS_DOWNSTREAM, MILLIS, 0, STREAMS, WINDOW, WINDOW);

    private OwnConfiguration() {}

    /** Answers every request; by mutual TLS where {@code tls} is there. */
    static Listener answering(@Nullable TlsSettings tls) {
        Route answer = route("/", new RouteAction.DirectResponse(200, "w".repeat(BODY)));
        return listener(
                Listener.Direction.INBOUND,
                tls == null ? null : new DownstreamTls(tls, !(tls.trust() instanceof TlsSettings.Trust.None)),
                List.of(answer));
    }

    /** Sends all requests to the cluster. */
    static Listener forwarding(String cluster) {
        Route forward = route(
                "/",
                new RouteAction.Forward(
                        new ClusterSpecifier.Single(cluster),
                        new RouteAction.RouteTimeouts(MILLIS, 0, -1, 0, true),
                        new RouteAction.HostRewrite.Keep(),
                        new RouteAction.PathRewrite.Keep(),
                        new RetryPolicy(
                                Set.of(RetryPolicy.On.CONNECT_FAILURE, RetryPolicy.On.REFUSED_STREAM),
                                Set.of(),
                                1,
                                0,
                                false,
                                false,
                                25,
                                250),
                        Set.of(),
                        503));
        return listener(Listener.Direction.OUTBOUND, null, List.of(forward));
    }

    static Cluster cluster(InetSocketAddress endpoint, @Nullable TlsSettings tls) {
        Endpoint only = new Endpoint(
                new Address(endpoint.getAddress().getHostAddress(), endpoint.getPort()),
                "",
                1,
                Endpoint.Health.HEALTHY,
                Map.of(),
                WeftMetadata.NONE);
        return new Cluster(
                SERVER_NAME,
                new Cluster.Discovery.Static(new EndpointAssignment(
                        SERVER_NAME,
                        List.of(new EndpointAssignment.LocalityEndpoints(
                                EndpointAssignment.Locality.NONE, 0, List.of(only))))),
                LbPolicy.PeakEwma.DEFAULT,
                MILLIS,
                tls == null ? null : new UpstreamTls(tls, SERVER_NAME),
                List.of(),
                HTTP,
                new Cluster.CircuitBreakers(STREAMS, STREAMS, STREAMS, 3, null),
                null,
                List.of(),
                Listener.DEFAULT_BUFFER_LIMIT_BYTES,
                WeftMetadata.NONE);
    }

    private static Route route(String prefix, RouteAction action) {
        return new Route(
                prefix,
                new RouteMatch(new RouteMatch.Path.Prefix(prefix), true, List.of(), List.of(), false),
                action,
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                WeftMetadata.NONE);
    }

    private static Listener listener(Listener.Direction direction, @Nullable DownstreamTls tls, List<Route> routes) {
        VirtualHost host = new VirtualHost(
                SERVER_NAME,
                List.of(HOST, HOST + ":*"),
                routes,
                false,
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                null,
                WeftMetadata.NONE);
        HttpConnectionManager manager = new HttpConnectionManager(
                SERVER_NAME,
                HttpConnectionManager.Codec.AUTO,
                new HttpConnectionManager.RouteSource.Inline(new RouteConfiguration(
                        SERVER_NAME, List.of(host), false, HeaderMutation.NONE, HeaderMutation.NONE)),
                List.of(new HttpConnectionManager.HttpFilterEntry("router", new FilterConfig.Router(false, false))),
                new HttpConnectionManager.HttpTimeouts(MILLIS, MILLIS, 0, 0, 0, 0, MILLIS),
                new HttpConnectionManager.Forwarding(
                        true, 0, true, ClientCertificate.SANITIZE_SET, Set.of(ClientCertificateDetail.URI), ""),
                new HttpConnectionManager.PathNormalization(true, true, HttpConnectionManager.EscapedSlashes.KEEP),
                new HttpConnectionManager.HttpLimits(WINDOW, STREAMS, STREAMS, WINDOW, WINDOW, 0, false, true),
                Set.of(),
                List.of(),
                "weft",
                true);
        return new Listener(
                SERVER_NAME,
                LOOPBACK,
                direction,
                List.of(new FilterChain("", FilterChain.Match.ANY, tls, manager, MILLIS)),
                null,
                tls != null,
                false,
                false,
                Listener.DEFAULT_BUFFER_LIMIT_BYTES,
                true,
                WeftMetadata.NONE);
    }
}
