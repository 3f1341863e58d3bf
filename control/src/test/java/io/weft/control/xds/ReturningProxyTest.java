package io.weft.control.xds;

import static io.weft.control.xds.Snapshots.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.weft.api.v1.Revision;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.ManualScheduler;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.Registry;
import io.weft.control.registry.RegistryImage;
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
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A control plane that came back, and proxies that come back to it. */
class ReturningProxyTest {
    private static final TrustDomain DOMAIN = new TrustDomain("mesh.example");
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final SystemScheduler scheduler = new SystemScheduler("test");
    private final ManualScheduler leases = new ManualScheduler();
    private final Registry registry = new Registry(leases, LEASE);
    private final Watched<Snapshot> configuration = new Watched<>(Snapshot.EMPTY);
    private Duration phaseBound = Duration.ofSeconds(1);
    private Duration returnBound = Duration.ofSeconds(15);
    private Publisher publisher = publisher();
    private Server server;
    private ManagedChannel channel;

    private Publisher publisher() {
        return new Publisher(DOMAIN, configuration, registry, scheduler, phaseBound, returnBound);
    }

    @BeforeEach
    void start() throws Exception {
        publisher.start();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new AdsServer(
                        publisher,
                        registry.reunion(),
                        new PeerClaim(DOMAIN, (_, _) -> {}),
                        () -> Optional.of(SpiffeId.ofServiceAccount(DOMAIN, "shop", "web"))))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    private void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        publisher.stop();
    }

    @AfterEach
    void end() {
        stop();
        scheduler.close();
    }

    @Test
    void aProxyThatHoldsEndpointsIsToldNothingBeforeALeaseHasPassed() {
        DeltaClient before = join("web", Map.of());
        await().until(() -> !before.revisions.isEmpty());
        before.close();

        registry.restore(new RegistryImage(List.of(), RegistryImage.Knowledge.SOME));
        DeltaClient returning = join("web", Map.copyOf(before.held));
        DeltaClient fresh = join("web", Map.of());
        // The server reads the calls of one connection in their order: it knows of both now.
        await().until(() -> !fresh.revisions.isEmpty());
        assertThat(returning.responses).isEmpty();

        leases.advance(LEASE);
        await().until(() -> !returning.revisions.isEmpty());
    }

    @Test
    void aProxyThatHasSwitchedDoesNotGoBackWhileOthersAreAwaited() throws Exception {
        Snapshot old = Snapshots.of(1, service("cart", 8080));
        configuration.set(Snapshots.of(2, service("cart", 8080), service("pay", 80)));
        DeltaClient before = join("web", Map.of());
        await().until(() -> before.held.containsKey("ROUTES outbound/shop"));
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).current() == 1);
        before.close();
        stop();

        List<Long> remembered = new CopyOnWriteArrayList<>();
        publisher = publisher();
        publisher.resume(
                Optional.of(old),
                Optional.of(configuration.get()),
                Set.of("web", "other"),
                (revision, switching, proxies) -> remembered.add(revision));
        configuration.set(Snapshots.of(3, service("cart", 8080), service("pay", 80), service("mail", 25)));
        start();
        DeltaClient returning = join("web", Map.copyOf(before.held));
        await().until(() -> !returning.revisions.isEmpty());
        assertThat(returning.lastRevision().getPhase()).isEqualTo(Revision.Phase.SWITCH);
        assertThat(returning.held).doesNotContainKey("CLUSTER service/shop/mail/25");

        join("other", Map.of());
        await().until(() -> returning.held.containsKey("CLUSTER service/shop/mail/25"));
        await().until(() -> remembered.contains(3L));
        // The routes of what is newest: those of before were not sent in between.
        assertThat(returning.responses.stream()
                        .filter(response -> response.getTypeUrl().equals(XdsType.ROUTES.typeUrl())))
                .hasSize(1);
    }

    @Test
    void nothingIsSaidToBeCompleteBeforeThoseAreBackThatWereThere() throws Exception {
        configuration.set(Snapshots.of(2, service("cart", 8080)));
        stop();
        publisher = publisher();
        publisher.resume(Optional.of(configuration.get()), Optional.empty(), Set.of("web", "other"), (_, _, _) -> {});
        start();
        join("web", Map.of());
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).current() == 1);
        RevisionStatus half = RevisionStatus.of(2, publisher.fleet().get());
        assertThat(half.missing()).containsExactly("other");
        assertThat(half.isComplete()).isFalse();
        assertThat(half.isDecided()).isFalse();

        join("other", Map.of());
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).isComplete());
    }

    @Test
    void aChangeWaitsForThoseThatHaveNotComeBackThoughItIsNotTheFirst() throws Exception {
        restartWith("web", "other");
        DeltaClient web = join("web", Map.of());
        await().until(() -> RevisionStatus.of(1, publisher.fleet().get()).current() == 1);
        configuration.set(Snapshots.of(2, service("cart", 8080), service("pay", 80)));
        await().until(() -> web.held.containsKey("CLUSTER service/shop/pay/80"));

        DeltaClient other = join("other", Map.of());
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).isComplete());
        assertThat(other.revisions.getFirst().getPhase()).isEqualTo(Revision.Phase.PREPARE);
    }

    @Test
    void aChangeGoesOnWithoutThoseThatDoNotComeBack() throws Exception {
        returnBound = Duration.ofMillis(200);
        restartWith("web", "other");
        join("web", Map.of());
        configuration.set(Snapshots.of(2, service("cart", 8080), service("pay", 80)));
        await().until(() -> RevisionStatus.of(2, publisher.fleet().get()).current() == 1);
    }

    @Test
    void aChangeWaitsForAProxyWhoseStreamBrokeAMomentBefore() throws Exception {
        boundPhasesBy(Duration.ofSeconds(30));
        DeltaClient web = join("web", Map.of());
        DeltaClient other = join("other", Map.of());
        await().until(() -> run(1, 2));
        other.breakOff();
        await().until(() -> publisher.fleet().get().connected().size() == 1);

        change();
        staysInTheFirstPhase(web);
        takesEachPhase(join("other", Map.copyOf(other.held)));
    }

    @Test
    void aChangeWaitsForAProxyWhoseStreamBreaksInTheMiddle() throws Exception {
        boundPhasesBy(Duration.ofSeconds(30));
        DeltaClient web = join("web", Map.of());
        DeltaClient other = join("other", Map.of());
        await().until(() -> run(1, 2));
        other.acknowledges = false;
        change();
        await().until(() -> other.held.containsKey("CLUSTER service/shop/pay/80"));
        other.breakOff();
        await().until(() -> publisher.fleet().get().connected().size() == 1);

        staysInTheFirstPhase(web);
        takesEachPhase(join("other", Map.of()));
    }

    @Test
    void aChangeDoesNotWaitForAProxyThatEndedInOrder() throws Exception {
        boundPhasesBy(Duration.ofSeconds(30));
        join("web", Map.of());
        DeltaClient other = join("other", Map.of());
        await().until(() -> run(1, 2));
        other.close();
        await().until(() -> publisher.fleet().get().connected().size() == 1);
        change();
        await().until(() -> run(2, 1));
    }

    @Test
    void aChangeGoesOnWithoutAProxyWhoseStreamBrokeAndDoesNotComeBack() throws Exception {
        boundPhasesBy(Duration.ofMillis(300));
        join("web", Map.of());
        DeltaClient other = join("other", Map.of());
        await().until(() -> run(1, 2));
        other.breakOff();
        await().until(() -> publisher.fleet().get().connected().size() == 1);
        change();
        await().until(() -> run(2, 1));
    }

    private void boundPhasesBy(Duration bound) throws Exception {
        stop();
        phaseBound = bound;
        publisher = publisher();
        configuration.set(Snapshots.of(1, service("cart", 8080)));
        start();
    }

    private void change() {
        configuration.set(Snapshots.of(2, service("cart", 8080), service("pay", 80)));
    }

    private boolean run(long revision, int proxies) {
        return RevisionStatus.of(revision, publisher.fleet().get()).current() == proxies;
    }

    private static void staysInTheFirstPhase(DeltaClient client) {
        await().until(() -> client.lastRevision().getNumber() == 2);
        await().during(Duration.ofMillis(300)).until(() -> client.lastRevision().getPhase() == Revision.Phase.PREPARE);
    }

    private void takesEachPhase(DeltaClient back) {
        await().until(() -> run(2, 2));
        assertThat(back.revisions.getFirst().getPhase()).isEqualTo(Revision.Phase.PREPARE);
    }

    private void restartWith(String... known) throws Exception {
        configuration.set(Snapshots.of(1, service("cart", 8080)));
        stop();
        publisher = publisher();
        publisher.resume(Optional.of(configuration.get()), Optional.empty(), Set.of(known), (_, _, _) -> {});
        start();
    }

    private DeltaClient join(String id, Map<String, Resource> held) {
        return DeltaClient.weft(channel, id, DeltaClient.metadata("shop", "web", 15001, 0, List.of()), held);
    }
}
