package io.weft.control.xds;

import static io.weft.control.xds.Snapshots.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.OfferedService;
import io.weft.api.v1.RegisterRequest;
import io.weft.api.v1.RegisterResponse;
import io.weft.api.v1.RegistrationGrpc;
import io.weft.api.v1.Revision;
import io.weft.api.v1.WorkloadRegistration;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.RegistrationService;
import io.weft.control.registry.Registry;
import io.weft.control.status.ProxyStatus;
import io.weft.control.status.RevisionStatus;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import io.weft.core.time.SystemScheduler;
import io.weft.core.watch.Watched;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdsServerTest {
    private static final TrustDomain DOMAIN = new TrustDomain("mesh.example");
    private static final String CART = "service/shop/cart/8080";

    private final SystemScheduler scheduler = new SystemScheduler("test");
    private final Watched<Snapshot> configuration = new Watched<>(Snapshot.EMPTY);
    private final Registry registry = new Registry(scheduler, Duration.ofMillis(300));
    private final Publisher publisher =
            new Publisher(DOMAIN, configuration, registry, scheduler, Duration.ofSeconds(1), Duration.ofSeconds(15));
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private volatile String account = "web";
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        PeerClaim claim = new PeerClaim(DOMAIN, (who, why) -> refused.add(who + ": " + why));
        publisher.start();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new AdsServer(publisher, registry.reunion(), claim, this::peer))
                .addService(new RegistrationService(registry, claim, this::peer))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        publisher.stop();
        scheduler.close();
    }

    private Optional<SpiffeId> peer() {
        return Optional.of(SpiffeId.ofServiceAccount(DOMAIN, "shop", account));
    }

    @Test
    void registeredInstanceReachesAnotherProxyAndDrainsOnceThatAcknowledged() throws Exception {
        DeltaClient web = connect("web");
        await().until(() -> !web.revisions.isEmpty());

        account = "cart";
        Registration cart = register(workload("10.0.0.1", false));
        await().untilAsserted(() -> assertThat(addresses(web)).containsExactly("10.0.0.1"));
        // Routes come in a later phase than the endpoints that they lead to.
        await().untilAsserted(() -> assertThat(web.held(XdsType.ROUTES, "outbound/shop")
                        .getResource()
                        .unpack(RouteConfiguration.class)
                        .getVirtualHosts(0)
                        .getDomainsList())
                .contains("cart", "cart.shop", "cart:8080"));

        cart.requests.onNext(request(2, workload("10.0.0.1", true)));
        await().until(() -> cart.responses.stream().anyMatch(RegisterResponse::getDrained));
        assertThat(addresses(web)).isEmpty();
    }

    @Test
    void instanceOfABrokenStreamGoesAfterItsLease() {
        DeltaClient web = connect("web");
        account = "cart";
        Registration cart = register(workload("10.0.0.1", false));
        await().untilAsserted(() -> assertThat(addresses(web)).containsExactly("10.0.0.1"));

        cart.requests.onError(new IllegalStateException("gone"));
        await().atMost(Duration.ofSeconds(5)).until(() -> !web.held.containsKey("CLUSTER " + CART));
        assertThat(web.held).doesNotContainKey("ENDPOINTS " + CART);
    }

    @Test
    void aCallIsEndedOnlyAfterTheMessageThatIsBeingSent() throws Exception {
        apply(1, service("cart", 8080));
        SlowCall call = new SlowCall();
        StreamObserver<DeltaDiscoveryRequest> client = begin(call);
        assertThat(call.sending.await(10, TimeUnit.SECONDS)).isTrue();
        client.onCompleted();
        call.goOn.countDown();
        assertThat(call.completed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(call.interrupted).isFalse();
    }

    @Test
    void aCallThatIsRefusedIsEndedOnce() {
        account = "other";
        SlowCall call = new SlowCall();
        StreamObserver<DeltaDiscoveryRequest> client = begin(call);
        assertThat(call.ends).hasValue(1);
        client.onCompleted();
        assertThat(call.ends).hasValue(1);
    }

    private StreamObserver<DeltaDiscoveryRequest> begin(SlowCall call) {
        AdsServer ads = new AdsServer(publisher, registry.reunion(), new PeerClaim(DOMAIN, (_, _) -> {}), this::peer);
        StreamObserver<DeltaDiscoveryRequest> client = ads.deltaAggregatedResources(call);
        client.onNext(DeltaDiscoveryRequest.newBuilder()
                .setNode(DeltaClient.node("web", DeltaClient.metadata("shop", "web", 15001, 0, List.of())))
                .setTypeUrl(XdsType.CLUSTER.typeUrl())
                .build());
        return client;
    }

    @Test
    void whatIsClaimedMustFitTheCertificate() {
        account = "other";
        DeltaClient thief =
                DeltaClient.weft(channel, "web", DeltaClient.metadata("shop", "web", 15001, 0, List.of()), Map.of());
        await().until(() -> thief.failure != null);
        assertThat(thief.failure).hasMessageContaining("its certificate says spiffe://mesh.example/ns/shop/sa/other");
        assertThat(thief.held).isEmpty();

        Registration forged = register(workload("10.0.0.1", false));
        await().until(() -> !forged.responses.isEmpty());
        assertThat(forged.responses.getFirst().getError()).contains("the node claims to be");
        assertThat(refused)
                .hasSize(2)
                .allSatisfy(line ->
                        assertThat(line).startsWith("spiffe://mesh.example/ns/shop/sa/other: the node claims to be"));
        assertThat(registry.snapshot().get().instances()).isEmpty();
    }

    @Test
    void phasesCloseWithEverythingThatIsLive() {
        apply(1, service("cart", 8080));
        DeltaClient web = connect("web");
        await().until(() -> !web.revisions.isEmpty());
        web.revisions.clear();

        apply(2, service("cart", 8080), service("pay", 80));
        await().until(() -> web.revisions.size() >= 2);
        assertThat(web.revisions.get(0).getPhase()).isEqualTo(Revision.Phase.PREPARE);
        assertThat(names(web.revisions.get(0))).contains("service/shop/pay/80").contains(CART);
        assertThat(web.revisions.get(1).getPhase()).isEqualTo(Revision.Phase.SWITCH);

        apply(3, service("pay", 80));
        await().until(() -> web.revisions.size() >= 4);
        assertThat(web.revisions.get(2).getPhase()).isEqualTo(Revision.Phase.SWITCH);
        assertThat(names(web.revisions.get(2))).contains(CART);
        assertThat(web.revisions.get(3).getPhase()).isEqualTo(Revision.Phase.REMOVE);
        assertThat(names(web.revisions.get(3))).doesNotContain(CART);
        assertThat(versions(web.lastRevision())).containsExactlyInAnyOrderEntriesOf(web.versions());
        await().until(() -> RevisionStatus.of(3, publisher.fleet().get()).isComplete());
    }

    @Test
    void newEndpointIsUsedOnlyOnceItsIdentityIsExpected() {
        apply(1, service("cart", 8080));
        DeltaClient web = connect("web");
        await().until(() -> !web.revisions.isEmpty());
        String before = web.held(XdsType.CLUSTER, CART).getVersion();
        web.responses.clear();

        account = "cart";
        register(workload("10.0.0.1", false));
        await().untilAsserted(() -> assertThat(addresses(web)).containsExactly("10.0.0.1"));
        assertThat(web.held(XdsType.CLUSTER, CART).getVersion()).isNotEqualTo(before);
        assertThat(web.responses)
                .extracting(DeltaDiscoveryResponse::getTypeUrl)
                .startsWith(XdsType.CLUSTER.typeUrl(), XdsType.REVISION.typeUrl(), XdsType.ENDPOINTS.typeUrl());
    }

    @Test
    void reconnectResendsNothing() {
        apply(1, service("cart", 8080), service("pay", 80));
        DeltaClient first = connect("web");
        await().until(() -> !first.revisions.isEmpty());
        await().until(() -> versions(first.lastRevision()).equals(first.versions()));
        first.close();

        DeltaClient second = DeltaClient.weft(
                channel, "web", DeltaClient.metadata("shop", "web", 15001, 0, List.of()), Map.copyOf(first.held));
        await().until(() -> !second.revisions.isEmpty());
        assertThat(second.responses)
                .allSatisfy(response -> assertThat(response.getTypeUrl()).isEqualTo(XdsType.REVISION.typeUrl()));
    }

    @Test
    void refusedResourceStaysAtItsLastGoodVersionAndIsReported() {
        apply(1, service("cart", 8080));
        DeltaClient web = connect("web");
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).current() == 1);
        String good = web.held(XdsType.ROUTES, "outbound/shop").getVersion();

        web.refuses = "outbound/shop";
        apply(2, service("cart", 8080), service("pay", 80));
        await().until(() -> publisher.fleet().get().connected().getFirst().state() == ProxyStatus.State.REJECTED);
        ProxyStatus status = publisher.fleet().get().connected().getFirst();
        assertThat(status.rejections().getFirst().name()).isEqualTo("outbound/shop");
        assertThat(status.rejections().getFirst().reason()).contains("not to my taste");
        assertThat(status.revision()).isEqualTo(1);
        assertThat(versions(web.lastRevision())).containsEntry("ROUTES outbound/shop", good);
        assertThat(versions(web.lastRevision())).containsKey("CLUSTER service/shop/pay/80");
        assertThat(RevisionStatus.of(2, publisher.fleet().get()).behind()).hasSize(1);

        web.refuses = "";
        apply(3, service("cart", 8080), service("pay", 80), service("mail", 25));
        await().until(() -> RevisionStatus.of(3, publisher.fleet().get()).isComplete());
    }

    @Test
    void silentProxyDoesNotHoldUpTheOthersForLong() {
        apply(1, service("cart", 8080));
        DeltaClient silent = connect("silent");
        DeltaClient web = connect("web");
        await().until(() -> !web.revisions.isEmpty() && !silent.revisions.isEmpty());
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).isComplete());

        silent.acknowledges = false;
        apply(2, service("cart", 8080), service("pay", 80));
        await().atMost(Duration.ofSeconds(10)).until(() -> web.lastRevision().getPhase() == Revision.Phase.SWITCH);
        // Its answer is on the way when the client has seen the Revision.
        await().untilAsserted(() -> assertThat(
                        RevisionStatus.of(2, publisher.fleet().get()).behind())
                .extracting(proxy -> proxy.node().id())
                .containsExactly("silent"));
    }

    private DeltaClient connect(String id) {
        account = id;
        DeltaClient client =
                DeltaClient.weft(channel, id, DeltaClient.metadata("shop", id, 15001, 0, List.of()), Map.of());
        await().until(() -> publisher.fleet().get().connected().stream()
                .anyMatch(proxy -> proxy.node().id().equals(id)));
        return client;
    }

    private static List<String> names(Revision revision) {
        return revision.getEntriesList().stream().map(Revision.Entry::getName).toList();
    }

    private static Map<String, String> versions(Revision revision) {
        Map<String, String> versions = new TreeMap<>();
        for (Revision.Entry entry : revision.getEntriesList()) {
            for (XdsType type : XdsType.values()) {
                if (type.typeUrl().equals(entry.getTypeUrl())) {
                    versions.put(type + " " + entry.getName(), entry.getVersion());
                }
            }
        }
        return versions;
    }

    private static List<String> addresses(DeltaClient client) throws Exception {
        return client
                .held(XdsType.ENDPOINTS, CART)
                .getResource()
                .unpack(ClusterLoadAssignment.class)
                .getEndpointsList()
                .stream()
                .flatMap(place -> place.getLbEndpointsList().stream())
                .map(endpoint ->
                        endpoint.getEndpoint().getAddress().getSocketAddress().getAddress())
                .toList();
    }

    private void apply(long revision, String... documents) {
        configuration.set(Snapshots.of(revision, documents));
    }

    private Registration register(WorkloadRegistration workload) {
        Registration registration = new Registration(channel);
        registration.requests.onNext(request(1, workload));
        return registration;
    }

    private static RegisterRequest request(long sequence, WorkloadRegistration workload) {
        return RegisterRequest.newBuilder()
                .setSequence(sequence)
                .addWorkloads(workload)
                .build();
    }

    private static WorkloadRegistration workload(String address, boolean draining) {
        return WorkloadRegistration.newBuilder()
                .setNodeId("cart-1")
                .setNamespace("shop")
                .setName("cart")
                .setServiceAccount("cart")
                .setAddress(address)
                .setInboundPort(15006)
                .setDraining(draining)
                .addServices(OfferedService.newBuilder()
                        .setName("cart")
                        .setPort(8080)
                        .setApplicationPort(18080)
                        .setProtocol("http")
                        .setHealth(OfferedService.Health.HEALTHY))
                .build();
    }

    private static final class Registration implements StreamObserver<RegisterResponse> {
        private final List<RegisterResponse> responses = new CopyOnWriteArrayList<>();
        private final StreamObserver<RegisterRequest> requests;

        Registration(ManagedChannel channel) {
            requests = RegistrationGrpc.newStub(channel).register(this);
        }

        @Override
        public void onNext(RegisterResponse response) {
            responses.add(response);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
