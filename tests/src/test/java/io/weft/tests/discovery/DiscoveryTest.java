package io.weft.tests.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.weft.control.config.Document;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoredDocument;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.RegistrationService;
import io.weft.control.registry.Registry;
import io.weft.control.status.RevisionStatus;
import io.weft.control.xds.AdsServer;
import io.weft.control.xds.Publisher;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import io.weft.core.time.Backoff;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.core.watch.Watched;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.RouteAction;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.ads.AdsClient;
import io.weft.proxy.ads.Assembler;
import io.weft.proxy.ads.DiskCache;
import io.weft.proxy.bootstrap.BootstrapSettings.AdsSettings;
import io.weft.proxy.bootstrap.ProxyNode;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcTarget;
import io.weft.proxy.host.EndpointDirectory;
import io.weft.proxy.registration.HealthCheck;
import io.weft.proxy.registration.Registrar;
import io.weft.proxy.registration.ServiceOffer;
import io.weft.proxy.registration.WorkloadOffer;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportKind;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.ResourceKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {
    private static final TrustDomain DOMAIN = new TrustDomain("mesh.example");
    private static final Backoff QUICK = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));
    private static final String CART = "service/shop/cart/8080";

    @TempDir
    private Path state;

    private final SystemScheduler scheduler = new SystemScheduler("control-plane");
    private final Watched<Snapshot> configuration = new Watched<>(Snapshot.EMPTY);
    private final Registry registry = new Registry(scheduler, Duration.ofMillis(300));
    private final Publisher publisher = new Publisher(DOMAIN, configuration, registry, scheduler);
    private final EventLoops sockets = new EventLoops(TransportKind.NIO, 1, new Admission(16));
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void start() {
        publisher.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        sockets.close();
        publisher.stop();
        scheduler.close();
    }

    @Test
    void aProxyRunsEachRevisionWholeAndTheControlPlaneKnows() throws Exception {
        apply(1, service("cart", 8080));
        Proxy web = new Proxy("web", listen("web", 0));
        List<ConfigSnapshot> seen = new CopyOnWriteArrayList<>();
        web.published.watch(Runnable::run, seen::add);
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).current() == 1);
        assertThat(web.snapshot().listeners()).containsOnlyKeys("outbound/15001");
        assertThat(web.snapshot().routes()).containsOnlyKeys("outbound/shop");
        assertThat(web.snapshot().clusters()).containsKey(CART);

        apply(2, service("cart", 8080), service("pay", 80));
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).isComplete());
        assertThat(web.snapshot().clusters()).containsKeys(CART, "service/shop/pay/80");

        apply(3, service("pay", 80));
        await().until(() -> RevisionStatus.of(3, publisher.fleet().get()).isComplete());
        await().until(() -> !web.snapshot().clusters().containsKey(CART));
        assertThat(web.snapshot().revision()).isEqualTo(3);
        assertThat(web.assembler.state().get().lastNack()).isNull();
        assertThat(seen)
                .hasSizeGreaterThan(3)
                .allSatisfy(snapshot -> assertThat(snapshot.clusters().keySet()).containsAll(referred(snapshot)));
    }

    @Test
    void anInstanceReachesAProxyWithItsRegistrationAndLeavesWithItsDrain() throws Exception {
        Proxy web = new Proxy("web", listen("web", 0));
        try (ServerSocket application = new ServerSocket()) {
            application.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Registrar registrar = register(application.getLocalPort());
            // Endpoints are live, the cluster comes with its Revision: either may be first.
            await().until(() -> endpointsOf(web, CART) == 1);
            await().until(() -> web.snapshot().clusters().containsKey(CART));
            assertThat(registrar.drain()).succeedsWithin(Duration.ofSeconds(5));
            await().until(() -> endpointsOf(web, CART) == 0);
        }
    }

    @Test
    void aReturningControlPlaneFindsTheProxyUnchanged() throws Exception {
        apply(1, service("cart", 8080));
        Server server = listen("web", 0);
        Proxy web = new Proxy("web", server);
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).isComplete());
        ConfigSnapshot before = web.snapshot();
        int port = server.getPort();
        server.shutdownNow().awaitTermination();
        await().until(() -> publisher.fleet().get().connected().isEmpty());
        assertThat(web.snapshot()).isSameAs(before);

        listen("web", port);
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).isComplete());
        assertThat(web.snapshot()).isSameAs(before);
        apply(2, service("cart", 8080), service("pay", 80));
        await().until(() -> web.snapshot().clusters().containsKey("service/shop/pay/80"));
    }

    private static int endpointsOf(Proxy proxy, String cluster) {
        EndpointAssignment assignment = proxy.directory.of(cluster).get();
        return assignment.localities().stream()
                .mapToInt(locality -> locality.endpoints().size())
                .sum();
    }

    private static Set<String> referred(ConfigSnapshot snapshot) {
        Set<String> names = new HashSet<>();
        snapshot.routes()
                .values()
                .forEach(table -> table.configuration()
                        .virtualHosts()
                        .forEach(host -> host.routes().forEach(route -> {
                            if (route.action() instanceof RouteAction.Forward forward) {
                                switch (forward.cluster()) {
                                    case ClusterSpecifier.Single single -> names.add(single.name());
                                    case ClusterSpecifier.Weighted weighted ->
                                        weighted.clusters().forEach(each -> names.add(each.name()));
                                    case ClusterSpecifier.FromHeader ignored -> {}
                                }
                            }
                        })));
        return names;
    }

    private Registrar register(int applicationPort) throws IOException {
        ServiceOffer service = new ServiceOffer("cart", 8080, applicationPort, "http", HealthCheck.CONNECT);
        WorkloadOffer workload = new WorkloadOffer(
                "cart-1",
                "shop",
                "cart",
                "cart",
                Map.of(),
                "127.0.0.1",
                15006,
                WorkloadOffer.Place.NONE,
                List.of(service));
        SystemScheduler loop = new SystemScheduler("cart-control-loop");
        Registrar registrar = new Registrar(channel(listen("cart", 0)), loop, List.of(workload), QUICK);
        open.add(loop);
        open.add(registrar::stop);
        registrar.start();
        return registrar;
    }

    /** The control plane, for a peer of this service account. */
    private Server listen(String account, int port) throws IOException {
        PeerClaim claim = new PeerClaim(DOMAIN, (_, _) -> {});
        Optional<SpiffeId> peer = Optional.of(SpiffeId.ofServiceAccount(DOMAIN, "shop", account));
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(new AdsServer(publisher, registry.reunion(), claim, () -> peer))
                .addService(new RegistrationService(registry, claim, () -> peer))
                .build()
                .start();
        open.add(server::shutdownNow);
        return server;
    }

    private GrpcChannel channel(Server server) {
        GrpcChannel channel = new GrpcChannel(sockets, GrpcTarget.plain("127.0.0.1", server.getPort()));
        open.add(channel);
        return channel;
    }

    private static String service(String name, int port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec: {ports: [{port: %d, name: http}]}
                """.formatted(name, port);
    }

    private void apply(long revision, String... documents) throws Exception {
        TreeMap<ResourceKey, StoredDocument> stored = new TreeMap<>();
        for (DecodedDocument each : new ResourceCodec()
                .decode(List.of(new SourceText("test.yaml", String.join("---\n", documents))))
                .documents()) {
            Document document =
                    new Document(each.resource(), each.text(), each.text(), each.location(), each.notHonoured());
            stored.put(document.key(), new StoredDocument(document, Instant.EPOCH, revision));
        }
        configuration.set(new Snapshot(revision, stored));
    }

    /** The part of a proxy that takes configuration. */
    private final class Proxy {
        final EndpointDirectory directory = new EndpointDirectory();
        final Watched<ConfigSnapshot> published = new Watched<>(ConfigSnapshot.EMPTY);
        final Assembler assembler;

        Proxy(String name, Server server) {
            SystemScheduler loop = new SystemScheduler(name + "-control-loop");
            open.add(loop);
            assembler = new Assembler(
                    ConfigSnapshot.EMPTY, published, directory, new DiskCache(state, 0), loop, Ticker.system());
            ProxyNode node = ProxyNode.of(name, "shop")
                    .withWeftMetadata(Map.of(
                            "namespace",
                            "shop",
                            "workload",
                            name,
                            "serviceAccount",
                            name,
                            "outboundPort",
                            15001,
                            "inboundPort",
                            0,
                            "services",
                            List.of()));
            AdsClient client = new AdsClient(
                    channel(server), node, new AdsSettings("control-plane", true, true), assembler, loop, QUICK);
            open.add(client::stop);
            client.start();
        }

        ConfigSnapshot snapshot() {
            return published.get();
        }
    }
}
