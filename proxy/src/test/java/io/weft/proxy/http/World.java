package io.weft.proxy.http;

import io.netty.buffer.Unpooled;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.FilterConfig;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.host.EndpointDirectory;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.FakeConnector;
import io.weft.proxy.upstream.OwnAddresses;
import io.weft.proxy.upstream.TestLoop;
import io.weft.proxy.upstream.UpstreamCluster;
import io.weft.proxy.upstream.UpstreamServices;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One listener, one route, one cluster, and endpoints that a test plays; all on the test's thread. */
final class World {
    static final RouteAction.RouteTimeouts TIMEOUTS = new RouteAction.RouteTimeouts(10_000, 5_000, -1, 0, true);

    final TestLoop loop = new TestLoop();
    final FakeConnector connector = new FakeConnector();
    final List<RequestRecord> records = new ArrayList<>();
    RouteAction.@Nullable Forward forward;

    @Nullable
    RouteAction action;

    @Nullable
    RetryPolicy retry;

    RouteAction.RouteTimeouts timeouts = TIMEOUTS;
    boolean respectExpectedTimeout;
    Set<String> upgrades = Set.of("websocket");
    int endpoints = 1;
    Cluster.UpstreamHttp http =
            new Cluster.UpstreamHttp(Cluster.HttpVersion.AS_DOWNSTREAM, 4_000, 0, 100, 65_535, 65_535);
    Cluster.CircuitBreakers limits = new Cluster.CircuitBreakers(100, 100, 100, 3, new Cluster.RetryBudget(20, 10));
    Cluster.@Nullable OutlierDetection outliers;
    HttpConnectionManager.Forwarding forwarding = new HttpConnectionManager.Forwarding(
            false, 0, true, HttpConnectionManager.ClientCertificate.SANITIZE, Set.of(), "");
    Listener.Direction direction = Listener.Direction.UNSPECIFIED;
    Downstream.@Nullable Tls tls;
    private @Nullable HttpRequests requests;
    private @Nullable ClusterManager clusters;

    HttpRequests requests() {
        if (requests == null) {
            requests = build();
        }
        return requests;
    }

    ClusterManager clusters() {
        requests();
        if (clusters == null) {
            throw new IllegalStateException();
        }
        return clusters;
    }

    private HttpRequests build() {
        RouteAction.Forward toCluster = new RouteAction.Forward(
                new ClusterSpecifier.Single("backend"),
                timeouts,
                new RouteAction.HostRewrite.Keep(),
                new RouteAction.PathRewrite.Keep(),
                retry,
                Set.of(),
                503);
        RouteAction done = action != null ? action : toCluster;
        Route route = new Route(
                "all",
                new RouteMatch(new RouteMatch.Path.Prefix("/"), true, List.of(), List.of(), false),
                done,
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                WeftMetadata.NONE);
        VirtualHost host = new VirtualHost(
                "host",
                List.of("*"),
                List.of(route),
                false,
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                null,
                WeftMetadata.NONE);
        RouteConfiguration routes =
                new RouteConfiguration("routes", List.of(host), false, HeaderMutation.NONE, HeaderMutation.NONE);
        HttpConnectionManager manager = new HttpConnectionManager(
                "test",
                HttpConnectionManager.Codec.AUTO,
                new HttpConnectionManager.RouteSource.Inline(routes),
                List.of(new HttpConnectionManager.HttpFilterEntry(
                        "router", new FilterConfig.Router(false, respectExpectedTimeout))),
                new HttpConnectionManager.HttpTimeouts(0, 300_000, 0, 0, 0, 0, 1_000),
                forwarding,
                new HttpConnectionManager.PathNormalization(true, true, HttpConnectionManager.EscapedSlashes.REJECT),
                new HttpConnectionManager.HttpLimits(65_536, 200, 100, 65_535, 65_535, 0, false, true),
                upgrades,
                List.of(),
                "weft",
                true);
        Listener listener = new Listener(
                "test",
                new Address("127.0.0.1", 0),
                direction,
                List.of(new FilterChain("chain", FilterChain.Match.ANY, null, manager, 0)),
                null,
                false,
                false,
                false,
                Listener.DEFAULT_BUFFER_LIMIT_BYTES,
                false,
                WeftMetadata.NONE);
        Watched<ConfigSnapshot> snapshots =
                new Watched<>(new ConfigSnapshot(1, Map.of(), Map.of(), Map.of("backend", cluster())));
        Scheduler never = (delay, task) -> () -> {};
        clusters = new ClusterManager(
                snapshots,
                new UpstreamServices(
                        new EndpointDirectory(),
                        loop.loops(),
                        connector,
                        (name, callback) -> callback.accept(List.of()),
                        never,
                        new OwnAddresses(Set::of)));
        HttpServices services = new HttpServices(
                snapshots, clusters, loop.loops(), List.of((index, record) -> records.add(record)), TunnelHandler.NONE);
        return new HttpRequests(listener, manager, LocalWorkload.UNKNOWN, services, List.of());
    }

    private Cluster cluster() {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            all.add(new Endpoint(
                    new Address("10.0.0." + (i + 1), 80), "", 1, Endpoint.Health.HEALTHY, Map.of(), WeftMetadata.NONE));
        }
        return new Cluster(
                "backend",
                new Cluster.Discovery.Static(new EndpointAssignment(
                        "backend",
                        List.of(new EndpointAssignment.LocalityEndpoints(EndpointAssignment.Locality.NONE, 0, all)))),
                new LbPolicy.RoundRobin(),
                1_000,
                null,
                List.of(),
                http,
                limits,
                outliers,
                List.of(),
                65_536,
                WeftMetadata.NONE);
    }

    UpstreamCluster backend() {
        return Objects.requireNonNull(clusters().clusters().get("backend"));
    }

    /** A request under way. */
    record Call(FakeServerStream client, RequestListener listener) {
        void data(String text, boolean end) {
            listener.onData(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), end);
        }
    }

    static RequestHead head(String method, String path) {
        return new RequestHead(method, "http", "shop", path, new Headers(), null, false);
    }

    Call call(RequestHead head, boolean end, HttpVersion version) {
        FakeServerStream client = new FakeServerStream(version);
        Downstream downstream =
                new Downstream(new InetSocketAddress("192.0.2.1", 40_000), new InetSocketAddress("192.0.2.2", 80), tls);
        RequestListener listener = requests().handler(downstream, loop.loop()).onRequest(client, head, end);
        return new Call(client, listener);
    }

    Call get(String path) {
        return call(head("GET", path), true, HttpVersion.HTTP_1_1);
    }

    Call post(String path) {
        return call(head("POST", path), false, HttpVersion.HTTP_1_1);
    }

    FakeConnector.FakeStream upstream() {
        return connector.lastStream();
    }

    RequestRecord onlyRecord() {
        if (records.size() != 1) {
            throw new AssertionError(records.size() + " records, expected exactly one");
        }
        return records.getFirst();
    }
}
