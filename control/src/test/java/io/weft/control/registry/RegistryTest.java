package io.weft.control.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.SpiffeId;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.Locality;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    private static final Duration LEASE = Duration.ofSeconds(15);
    /** With the second that late messages have. */
    private static final Duration GONE = LEASE.plusSeconds(1);

    private static final SpiffeId CART = SpiffeId.parse("spiffe://mesh.example/ns/shop/sa/cart");
    private static final SpiffeId OTHER = SpiffeId.parse("spiffe://mesh.example/ns/shop/sa/other");

    private final ManualScheduler time = new ManualScheduler();
    private final Registry registry = new Registry(time, LEASE);

    @Test
    void instanceOutlivesItsStreamByOneLease() throws Exception {
        Registry.Stream stream = registry.connect("node-1", CART);
        stream.offer(List.of(instance("node-1", "10.0.0.1")));
        stream.close();
        time.advance(LEASE.minusMillis(1));
        assertThat(registry.snapshot().get().instances()).hasSize(1);
        time.advance(GONE.minus(LEASE).plusMillis(1));
        assertThat(registry.snapshot().get().instances()).isEmpty();
        assertThat(registry.lost()).isEqualTo(1);
    }

    @Test
    void nodeThatIsSilentOnAnOpenStreamLosesItsLeaseAndGetsItBack() throws Exception {
        Registry.Stream stream = registry.connect("node-1", CART);
        stream.offer(List.of(instance("node-1", "10.0.0.1")));
        for (int i = 0; i < 10; i++) {
            time.advance(LEASE.dividedBy(3));
            stream.renew();
        }
        assertThat(registry.snapshot().get().instances()).hasSize(1);
        time.advance(GONE);
        assertThat(registry.snapshot().get().instances()).isEmpty();
        stream.renew();
        assertThat(registry.snapshot().get().instances()).hasSize(1);
        time.advance(GONE);
        assertThat(registry.snapshot().get().instances()).isEmpty();
        assertThat(registry.lost()).isEqualTo(2);
    }

    @Test
    void whatWasSaidWhileTheControlPlaneStoodStillIsReadFirst() throws Exception {
        Registry.Stream stream = registry.connect("node-1", CART);
        stream.offer(List.of(instance("node-1", "10.0.0.1")));
        time.advance(LEASE);
        assertThat(registry.snapshot().get().instances()).hasSize(1);
        stream.renew();
        time.advance(LEASE.minusMillis(1));
        assertThat(registry.snapshot().get().instances()).hasSize(1);
    }

    @Test
    void reconnectWithinTheLeaseChangesNothing() throws Exception {
        Registry.Stream first = registry.connect("node-1", CART);
        long version = first.offer(List.of(instance("node-1", "10.0.0.1")));
        first.close();
        time.advance(LEASE.dividedBy(2));
        Registry.Stream second = registry.connect("node-1", CART);
        assertThat(second.offer(List.of(instance("node-1", "10.0.0.1")))).isEqualTo(version);
        time.advance(LEASE.minusMillis(1));
        assertThat(registry.snapshot().get().instances()).hasSize(1);
    }

    @Test
    void newerStreamTakesOverFromAnOlderOne() throws Exception {
        Registry.Stream old = registry.connect("node-1", CART);
        Registry.Stream current = registry.connect("node-1", CART);
        current.offer(List.of(instance("node-1", "10.0.0.2")));
        assertThatThrownBy(() -> old.offer(List.of())).hasMessageContaining("took over");
        old.close();
        time.advance(LEASE.minusMillis(1));
        assertThat(registry.snapshot().get().instances()).hasSize(1);
    }

    @Test
    void nodeIdOfAnotherIdentityIsRefused() throws Exception {
        Registry.Stream stream = registry.connect("node-1", CART);
        assertThatThrownBy(() -> registry.connect("node-1", OTHER)).hasMessageContaining("belongs to " + CART);
        assertThatThrownBy(() -> stream.offer(List.of(instance("node-2", "10.0.0.1"))))
                .hasMessageContaining("one node");
    }

    @Test
    void restartRemovesNobodyBeforeOneLease(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("registry.pb");
        RegistryFile written = new RegistryFile(file, registry, time, true);
        written.start();
        registry.connect("node-1", CART)
                .offer(List.of(instance("node-1", "10.0.0.1"), instance("node-1", "web", "10.0.0.1")));
        time.advance(Duration.ofSeconds(5));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Registry restarted = new Registry(time, LEASE);
        new RegistryFile(file, restarted, time, false).start();
        assertThat(restarted.snapshot().get().instances())
                .isEqualTo(registry.snapshot().get().instances());
        time.advance(LEASE.minusMillis(1));
        assertThat(restarted.snapshot().get().instances()).hasSize(2);
        time.advance(GONE);
        assertThat(restarted.snapshot().get().instances()).isEmpty();
    }

    @Test
    void endpointsAreToldOnceAllKnownNodesAreBackOrALeaseHasPassed(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("registry.pb");
        RegistryFile written = new RegistryFile(file, registry, time, true);
        written.start();
        registry.connect("node-1", CART).offer(List.of(instance("node-1", "10.0.0.1")));
        registry.connect("node-2", CART).offer(List.of(instance("node-2", "10.0.0.2")));
        time.advance(Duration.ofSeconds(5));

        Registry killed = new Registry(time, LEASE);
        new RegistryFile(file, killed, time, false).start();
        AtomicInteger told = new AtomicInteger();
        killed.reunion().whenOver(told::incrementAndGet);
        killed.connect("node-1", CART).offer(List.of(instance("node-1", "10.0.0.1")));
        assertThat(told).hasValue(0);
        killed.connect("node-2", CART).offer(List.of(instance("node-2", "10.0.0.2")));
        assertThat(told).hasValue(1);

        Registry slow = new Registry(time, LEASE);
        new RegistryFile(file, slow, time, false).start();
        slow.reunion().whenOver(told::incrementAndGet);
        time.advance(LEASE.minusMillis(1));
        assertThat(told).hasValue(1);
        time.advance(Duration.ofMillis(1));
        assertThat(told).hasValue(2);
    }

    @Test
    void afterAStopInOrderEverybodyIsKnown(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("registry.pb");
        RegistryFile written = new RegistryFile(file, registry, time, true);
        written.start();
        registry.connect("node-1", CART).offer(List.of(instance("node-1", "10.0.0.1")));
        written.stop();

        Registry restarted = new Registry(time, LEASE);
        new RegistryFile(file, restarted, time, false).start();
        AtomicInteger told = new AtomicInteger();
        restarted.reunion().whenOver(told::incrementAndGet);
        assertThat(told).hasValue(1);
    }

    @Test
    void withoutAFileThatWasThereNobodyIsToldForALease(@TempDir Path directory) {
        new RegistryFile(directory.resolve("registry.pb"), registry, time, false).start();
        AtomicInteger told = new AtomicInteger();
        registry.reunion().whenOver(told::incrementAndGet);
        assertThat(told).hasValue(0);
        time.advance(LEASE);
        assertThat(told).hasValue(1);

        Registry first = new Registry(time, LEASE);
        new RegistryFile(directory.resolve("first.pb"), first, time, true).start();
        first.reunion().whenOver(told::incrementAndGet);
        assertThat(told).hasValue(2);
    }

    @Test
    void damagedFileIsIgnored(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("registry.pb"), "not a registry");
        new RegistryFile(file, registry, time, true).start();
        assertThat(registry.snapshot().get().instances()).isEmpty();
    }

    @Test
    void whatLeftInOrderIsGoneAtOnce() throws Exception {
        Registry.Stream stream = registry.connect("node-1", CART);
        Instance instance = instance("node-1", "10.0.0.1");
        stream.offer(List.of(instance.asDraining()));
        stream.leave();
        assertThat(registry.snapshot().get().instances()).isEmpty();

        Registry.Stream undecided = registry.connect("node-1", CART);
        undecided.offer(List.of(instance));
        undecided.leave();
        assertThat(registry.snapshot().get().instances()).hasSize(1);
        time.advance(GONE);
        assertThat(registry.snapshot().get().instances()).isEmpty();
    }

    @Test
    void whatIsNoAddressIsRefused() {
        for (String address : List.of("", "db.example", "10.0.0", "1.2.3.256", "10.0.0.1:80")) {
            assertThatIllegalArgumentException().as(address).isThrownBy(() -> instance("node-1", address));
        }
        assertThat(instance("node-1", "fd00::1").address()).isEqualTo("fd00::1");
    }

    private static Instance instance(String node, String address) {
        return instance(node, "cart", address);
    }

    private static Instance instance(String node, String workload, String address) {
        return new Instance(
                new Instance.Key(node, "shop", workload),
                "cart",
                Map.of("version", "v1"),
                address,
                15006,
                new Locality("eu", "eu-1", ""),
                List.of(new Offer("cart", 80, 8080, ApplicationProtocol.HTTP, true)),
                false);
    }
}
