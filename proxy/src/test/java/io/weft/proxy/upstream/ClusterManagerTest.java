package io.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.UpstreamTls;
import io.weft.engine.config.WeftMetadata;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.EndpointDirectory;
import io.weft.proxy.host.Host;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClusterManagerTest {
    private static final UpstreamTls TLS = new UpstreamTls(
            new TlsSettings(
                    new TlsSettings.Certificate.None(),
                    new TlsSettings.Trust.None(),
                    List.of(),
                    List.of(),
                    TlsSettings.TlsVersion.TLS_1_3,
                    TlsSettings.TlsVersion.TLS_1_3),
            "cart");

    private final TestLoop loop = new TestLoop();
    private final FakeConnector connector = new FakeConnector();
    private final EndpointDirectory directory = new EndpointDirectory();
    private final Watched<ConfigSnapshot> snapshots = new Watched<>(ConfigSnapshot.EMPTY);
    private final Map<String, List<InetAddress>> names = new HashMap<>();
    private final List<Runnable> scheduled = new ArrayList<>();
    private int lookUps;
    private final ClusterManager manager = new ClusterManager(
            snapshots,
            new UpstreamServices(
                    directory,
                    loop.loops(),
                    connector,
                    (host, callback) -> {
                        lookUps++;
                        callback.accept(names.getOrDefault(host, List.of()));
                    },
                    scheduler(),
                    new OwnAddresses(() -> Set.of(new InetSocketAddress("0.0.0.0", 15001)))));

    private Scheduler scheduler() {
        return (delay, task) -> {
            scheduled.add(task);
            return () -> scheduled.remove(task);
        };
    }

    private static Endpoint endpoint(String host, int port, Map<String, String> transport, Endpoint.Health health) {
        return new Endpoint(new Address(host, port), "", 1, health, transport, WeftMetadata.NONE);
    }

    private static EndpointAssignment assignment(String name, Endpoint... endpoints) {
        return new EndpointAssignment(
                name,
                List.of(new EndpointAssignment.LocalityEndpoints(
                        EndpointAssignment.Locality.NONE, 0, List.of(endpoints))));
    }

    private static EndpointAssignment plain(String name, String... hosts) {
        return assignment(
                name,
                Stream.of(hosts)
                        .map(host -> endpoint(host, 80, Map.of(), Endpoint.Health.HEALTHY))
                        .toArray(Endpoint[]::new));
    }

    private static Cluster cluster(String name, Cluster.Discovery discovery) {
        return new Cluster(
                name,
                discovery,
                new LbPolicy.RoundRobin(),
                1_000,
                null,
                List.of(new Cluster.TransportMatch("mtls", Map.of("tlsMode", "mtls"), TLS)),
                new Cluster.UpstreamHttp(Cluster.HttpVersion.HTTP1, 60_000, 0, 100, 65_535, 65_535),
                new Cluster.CircuitBreakers(100, 100, 100, 3, null),
                new Cluster.OutlierDetection(5, 5, 5, 10_000, 30_000, 300_000, 50),
                List.of(),
                65_536,
                WeftMetadata.NONE);
    }

    private UpstreamCluster publish(Cluster cluster) {
        snapshots.set(new ConfigSnapshot(
                snapshots.get().revision() + 1, Map.of(), Map.of(), Map.of(cluster.name(), cluster)));
        return Objects.requireNonNull(manager.cluster(cluster.name(), snapshots.get()));
    }

    /** Picks, and tells what came of it. */
    private static final class Picked implements UpstreamCluster.PickListener {
        @Nullable
        Host host;

        @Nullable
        ProxyError error;

        @Override
        public void onPicked(Host picked) {
            host = picked;
        }

        @Override
        public void onPickFailed(ProxyError failed) {
            error = failed;
        }

        Cause cause() {
            return Objects.requireNonNull(error).cause();
        }

        Host picked() {
            return Objects.requireNonNull(host);
        }
    }

    private Picked pick(UpstreamCluster cluster, String authority) {
        Picked picked = new Picked();
        cluster.pick(loop.loop(), authority, 80, List.of(), picked);
        loop.runTasks();
        return picked;
    }

    private void send(UpstreamCluster cluster, Host host, LocalWorkload source) {
        Attempt attempt = new Attempt(loop.loop(), cluster, host, new Ignore());
        attempt.start(source, WantedVersion.HTTP_1_1);
        attempt.sendHead(new RequestHead("GET", "http", "x", "/", new Headers(), null, false), true);
        connector.lastStream().respond(200);
    }

    private static final class Ignore implements Attempt.Listener {
        @Override
        public void onTryConnected() {}

        @Override
        public void onResponseInformational(ResponseHead head) {}

        @Override
        public void onResponseHead(ResponseHead head, boolean end) {}

        @Override
        public void onResponseData(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void onResponseTrailers(Headers trailers) {}

        @Override
        public void onTryWritabilityChanged() {}

        @Override
        public void onTryFailed(ProxyError error) {}
    }

    @Test
    void discoveredEndpointsComeAndGo() {
        UpstreamCluster cluster = publish(cluster("cart", new Cluster.Discovery.Eds("service/cart")));
        assertThat(pick(cluster, "cart").cause()).isEqualTo(Cause.NO_HEALTHY_UPSTREAM);
        directory.set(plain("service/cart", "10.0.0.1"));
        Host first = pick(cluster, "cart").picked();
        directory.set(plain("service/cart", "10.0.0.1", "10.0.0.2"));
        assertThat(cluster.endpoints().hosts()).hasSize(2).contains(first);
    }

    @Test
    void removedEndpointsConnectionsClose() {
        UpstreamCluster cluster = publish(cluster("cart", new Cluster.Discovery.Eds("service/cart")));
        directory.set(plain("service/cart", "10.0.0.1"));
        send(cluster, pick(cluster, "cart").picked(), LocalWorkload.UNKNOWN);
        assertThat(connector.last().isClosed()).isFalse();
        directory.set(plain("service/cart", "10.0.0.2"));
        loop.runTasks();
        assertThat(connector.last().isClosed()).isTrue();
        assertThat(cluster.limits().activeConnections()).isZero();
    }

    @Test
    void drainingEndpointGetsNoNewRequests() {
        UpstreamCluster cluster = publish(cluster(
                "cart",
                new Cluster.Discovery.Static(assignment(
                        "cart",
                        endpoint("10.0.0.1", 80, Map.of(), Endpoint.Health.DRAINING),
                        endpoint("10.0.0.2", 80, Map.of(), Endpoint.Health.HEALTHY)))));
        for (int i = 0; i < 10; i++) {
            assertThat(pick(cluster, "cart").picked()).hasToString("10.0.0.2:80");
        }
    }

    @Test
    void labelsChooseTheTransport() {
        UpstreamCluster cluster = publish(cluster(
                "cart",
                new Cluster.Discovery.Static(assignment(
                        "cart",
                        endpoint("10.0.0.1", 80, Map.of("tlsMode", "mtls"), Endpoint.Health.HEALTHY),
                        endpoint("10.0.0.2", 80, Map.of("tlsMode", "plain"), Endpoint.Health.HEALTHY)))));
        List<Host> hosts = cluster.endpoints().hosts();
        assertThat(cluster.transport(hosts.get(0)).tls()).isEqualTo(TLS);
        assertThat(cluster.transport(hosts.get(1)).tls()).isNull();
    }

    @Test
    void identitiesNeverShareAConnection() {
        UpstreamCluster cluster = publish(cluster("cart", new Cluster.Discovery.Static(plain("cart", "10.0.0.1"))));
        Host host = pick(cluster, "cart").picked();
        LocalWorkload one = new LocalWorkload("shop", "one", "one", Map.of(), null);
        LocalWorkload other = new LocalWorkload("shop", "other", "other", Map.of(), null);
        send(cluster, host, one);
        send(cluster, host, other);
        send(cluster, host, one);
        assertThat(connector.connections()).hasSize(2);
    }

    @Test
    void newConfigurationReplacesConnections() {
        Cluster before = cluster("cart", new Cluster.Discovery.Static(plain("cart", "10.0.0.1")));
        UpstreamCluster cluster = publish(before);
        send(cluster, pick(cluster, "cart").picked(), LocalWorkload.UNKNOWN);
        Cluster after = new Cluster(
                before.name(),
                before.discovery(),
                before.loadBalancing(),
                2_000,
                TLS,
                List.of(),
                before.http(),
                before.limits(),
                null,
                List.of(),
                65_536,
                WeftMetadata.NONE);
        assertThat(publish(after)).isSameAs(cluster);
        loop.runTasks();
        assertThat(connector.last().isClosed()).isTrue();
        send(cluster, pick(cluster, "cart").picked(), LocalWorkload.UNKNOWN);
        assertThat(connector.last().order.transport().tls()).isEqualTo(TLS);
        assertThat(connector.last().order.connectTimeoutMillis()).isEqualTo(2_000);
    }

    @Test
    void removedClustersConnectionsClose() {
        UpstreamCluster cluster = publish(cluster("cart", new Cluster.Discovery.Static(plain("cart", "10.0.0.1"))));
        send(cluster, pick(cluster, "cart").picked(), LocalWorkload.UNKNOWN);
        snapshots.set(new ConfigSnapshot(9, Map.of(), Map.of(), Map.of()));
        loop.runTasks();
        assertThat(connector.last().isClosed()).isTrue();
        assertThat(manager.cluster("cart", snapshots.get())).isNull();
    }

    @Test
    void ejectedHostGetsNoRequestsUntilItsTimeIsOver() {
        UpstreamCluster cluster =
                publish(cluster("cart", new Cluster.Discovery.Static(plain("cart", "10.0.0.1", "10.0.0.2"))));
        Host refusing = cluster.endpoints().hosts().getFirst();
        connector.hold();
        new Attempt(loop.loop(), cluster, refusing, new Ignore()).start(LocalWorkload.UNKNOWN, WantedVersion.HTTP_1_1);
        connector.refuseNext();
        for (int i = 0; i < 10; i++) {
            assertThat(pick(cluster, "cart").picked()).isNotSameAs(refusing);
        }
        loop.advance(Duration.ofSeconds(31));
        List.copyOf(scheduled).forEach(Runnable::run);
        Set<Host> picked = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            picked.add(pick(cluster, "cart").picked());
        }
        assertThat(picked).contains(refusing);
    }

    @Test
    void unhealthyEndpointsAreLeftOutUntilTheyAnswerAgain() {
        Cluster plain = cluster("cart", new Cluster.Discovery.Static(plain("cart", "10.0.0.1", "10.0.0.2")));
        UpstreamCluster cluster = publish(new Cluster(
                plain.name(),
                plain.discovery(),
                plain.loadBalancing(),
                1_000,
                null,
                List.of(),
                plain.http(),
                plain.limits(),
                null,
                List.of(new Cluster.HealthCheck(
                        new Cluster.HealthCheck.Probe.Http("cart", "/healthz"), 1_000, 500, 2, 2)),
                65_536,
                WeftMetadata.NONE));
        Host sick = cluster.endpoints().hosts().getFirst();
        probe(503);
        assertThat(sick.isAvailable()).as("one bad answer").isTrue();
        probe(503);
        assertThat(sick.isAvailable()).isFalse();
        for (int i = 0; i < 10; i++) {
            assertThat(pick(cluster, "cart").picked()).isNotSameAs(sick);
        }
        probe(200);
        probe(200);
        assertThat(sick.isAvailable()).isTrue();
        assertThat(connector.connections()).allMatch(FakeConnector.FakeConnection::isClosed);
    }

    /** One round of probes; the first endpoint answers {@code status}, the others are well. */
    private void probe(int status) {
        int before = connector.connections().size();
        List.copyOf(scheduled).forEach(task -> {
            scheduled.remove(task);
            task.run();
        });
        loop.runTasks();
        List<FakeConnector.FakeConnection> opened = List.copyOf(
                connector.connections().subList(before, connector.connections().size()));
        assertThat(opened).hasSize(2);
        for (FakeConnector.FakeConnection connection : opened) {
            FakeConnector.FakeStream stream = connection.streams.getFirst();
            assertThat(stream.head.path()).isEqualTo("/healthz");
            boolean first =
                    connection.order.remote().getAddress().getHostAddress().equals("10.0.0.1");
            stream.respond(first ? status : 200);
        }
    }

    @Test
    void namesAreLookedUpAgainAndFailuresKeepTheLastAnswer() throws Exception {
        names.put("db.local", List.of(InetAddress.getByName("10.1.0.1")));
        UpstreamCluster cluster =
                publish(cluster("db", new Cluster.Discovery.Dns(plain("db", "db.local"), 5_000, false)));
        assertThat(pick(cluster, "db").picked().address().getAddress().getHostAddress())
                .isEqualTo("10.1.0.1");
        names.remove("db.local");
        List.copyOf(scheduled).forEach(Runnable::run);
        assertThat(pick(cluster, "db").host).isNotNull();
        names.put("db.local", List.of(InetAddress.getByName("10.1.0.2")));
        List.copyOf(scheduled).forEach(Runnable::run);
        assertThat(pick(cluster, "db").picked().address().getAddress().getHostAddress())
                .isEqualTo("10.1.0.2");
    }

    @Test
    void passthroughGoesWhereTheAuthoritySays() throws Exception {
        names.put("example.org", List.of(InetAddress.getByName("192.0.2.7")));
        UpstreamCluster cluster = publish(cluster("outside", new Cluster.Discovery.Passthrough()));
        assertThat(pick(cluster, "example.org").picked().address()).isEqualTo(new InetSocketAddress("192.0.2.7", 80));
        assertThat(pick(cluster, "example.org:8080").picked().address().getPort())
                .isEqualTo(8080);
        assertThat(pick(cluster, "[2001:db8::1]:81").picked().address().getPort())
                .isEqualTo(81);
        int before = lookUps;
        pick(cluster, "example.org");
        assertThat(lookUps).as("kept for a while").isEqualTo(before);
        assertThat(pick(cluster, "nowhere.example").cause()).isEqualTo(Cause.UNRESOLVED_HOST);
        assertThat(pick(cluster, "bad:port").cause()).isEqualTo(Cause.BAD_REQUEST);
    }

    @Test
    void passthroughRefusesToComeBackToTheProxy() {
        UpstreamCluster cluster = publish(cluster("outside", new Cluster.Discovery.Passthrough()));
        assertThat(pick(cluster, "127.0.0.1:15001").cause()).isEqualTo(Cause.LOOP);
        assertThat(pick(cluster, "127.0.0.1:15002").host).isNotNull();
    }
}
