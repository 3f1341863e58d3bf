package io.weft.control.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.ManualScheduler;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.Registry;
import io.weft.control.registry.RegistryImage;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A control plane that came back with less than the truth in its registry. */
class ReturningProxyTest {
    private static final TrustDomain DOMAIN = new TrustDomain("mesh.example");
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final SystemScheduler scheduler = new SystemScheduler("test");
    private final ManualScheduler leases = new ManualScheduler();
    private final Registry registry = new Registry(leases, LEASE);
    private final Publisher publisher =
            new Publisher(DOMAIN, new Watched<>(Snapshot.EMPTY), registry, scheduler, Duration.ofSeconds(1));
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        publisher.start();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new AdsServer(
                        publisher,
                        registry.reunion(),
                        new PeerClaim(DOMAIN),
                        () -> Optional.of(SpiffeId.ofServiceAccount(DOMAIN, "shop", "web"))))
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

    @Test
    void aProxyThatHoldsEndpointsIsToldNothingBeforeALeaseHasPassed() {
        DeltaClient before = join(Map.of());
        await().until(() -> !before.revisions.isEmpty());
        before.close();

        registry.restore(new RegistryImage(List.of(), RegistryImage.Knowledge.SOME));
        DeltaClient returning = join(Map.copyOf(before.held));
        DeltaClient fresh = join(Map.of());
        // The server reads the calls of one connection in their order: it knows of both now.
        await().until(() -> !fresh.revisions.isEmpty());
        assertThat(returning.responses).isEmpty();

        leases.advance(LEASE);
        await().until(() -> !returning.revisions.isEmpty());
    }

    private DeltaClient join(Map<String, Resource> held) {
        return DeltaClient.weft(channel, "web", DeltaClient.metadata("shop", "web", 15001, 0, List.of()), held);
    }
}
