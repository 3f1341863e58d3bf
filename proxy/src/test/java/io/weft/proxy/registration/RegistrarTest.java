package io.weft.proxy.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.OfferedService;
import io.weft.api.v1.RegisterRequest;
import io.weft.api.v1.RegisterResponse;
import io.weft.api.v1.RegistrationGrpc;
import io.weft.core.time.Backoff;
import io.weft.core.time.SystemScheduler;
import io.weft.proxy.grpc.TestChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistrarTest {
    private static final Backoff QUICK = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));

    private final SystemScheduler loop = new SystemScheduler("control-loop");
    private final Registry registry = new Registry();
    private Server server = registry.serve(0);
    private final TestChannel channel = new TestChannel(server.getPort());
    private ServerSocket application = new ServerSocket();
    private @Nullable Registrar registrar;

    RegistrarTest() throws IOException {}

    @BeforeEach
    void listen() throws IOException {
        application.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void end() throws IOException {
        if (registrar != null) {
            registrar.stop();
        }
        channel.close();
        server.shutdownNow();
        application.close();
        loop.close();
    }

    @Test
    void aControlPlaneThatWasAwayForLongIsAskedAgainWithinALease() {
        Backoff usual = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));
        assertThat(Registrar.withinLease(usual, Duration.ofSeconds(12)).most()).isEqualTo(Duration.ofSeconds(4));
        assertThat(Registrar.withinLease(usual, Duration.ZERO).most()).isLessThan(Duration.ofSeconds(5));
        assertThat(Registrar.withinLease(usual, Duration.ofSeconds(1)).most()).isEqualTo(Duration.ofMillis(500));
        assertThat(Registrar.withinLease(usual, Duration.ofMinutes(5))).isEqualTo(usual);
    }

    @Test
    void anInstanceIsOfferedAsHealthyOnceItsApplicationListens() throws Exception {
        int port = application.getLocalPort();
        application.close();
        start(
                new HealthCheck(new HealthCheck.Probe.Connect(), Duration.ofMillis(50), Duration.ofSeconds(1), 1, 1),
                port);
        await().until(() -> !registry.requests.isEmpty());
        assertThat(lastHealth()).isEqualTo(OfferedService.Health.UNHEALTHY);

        application = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        await().until(() -> lastHealth() == OfferedService.Health.HEALTHY);
        RegisterRequest request = registry.requests.getLast();
        assertThat(request.getWorkloadsList()).singleElement().satisfies(workload -> {
            assertThat(workload.getNodeId()).isEqualTo("node");
            assertThat(workload.getNamespace()).isEqualTo("shop");
            assertThat(workload.getName()).isEqualTo("cart-1");
            assertThat(workload.getServiceAccount()).isEqualTo("cart");
            assertThat(workload.getLabelsMap()).isEqualTo(Map.of("version", "v1"));
            assertThat(workload.getAddress()).isEqualTo("127.0.0.1");
            assertThat(workload.getInboundPort()).isEqualTo(15006);
            assertThat(workload.getServices(0).getApplicationPort()).isEqualTo(port);
            assertThat(workload.getDraining()).isFalse();
        });

        application.close();
        await().until(() -> lastHealth() == OfferedService.Health.UNHEALTHY);
    }

    @Test
    void anHttpCheckWantsASuccess() throws Exception {
        HealthCheck check = HealthCheck.http("/healthz");
        assertThat(probeAnsweredWith(check, "HTTP/1.1 204 No Content\r\n\r\n")).isTrue();
        assertThat(probeAnsweredWith(check, "HTTP/1.1 503 Unavailable\r\n\r\n")).isFalse();
        assertThat(probeAnsweredWith(check, "HTTP")).isFalse();
        assertThat(probeAnsweredWith(check, "220 smtp.example ready\r\n")).isFalse();
    }

    @Test
    void aSilentApplicationTimesOut() throws Exception {
        HealthCheck check =
                new HealthCheck(new HealthCheck.Probe.HttpGet("/"), Duration.ofSeconds(1), Duration.ofMillis(50), 1, 1);
        assertThat(HealthProber.probe(check, application.getLocalPort())).isFalse();
    }

    @Test
    void theWholeTruthIsSentAgainAfterAReconnect() throws Exception {
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> lastHealth() == OfferedService.Health.HEALTHY);
        int port = server.getPort();
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        await().until(() -> !status().connected());
        registry.requests.clear();
        server = registry.serve(port);
        await().until(() -> !registry.requests.isEmpty());
        assertThat(lastHealth()).isEqualTo(OfferedService.Health.HEALTHY);
        await().until(() -> status().connected());
        assertThat(status().lease()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aDrainCompletesWhenTheControlPlaneSaysSo() throws Exception {
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> status().connected());
        CompletableFuture<Withdrawal> drained = registrar().drain();
        await().until(() -> registry.requests.getLast().getWorkloads(0).getDraining());
        assertThat(drained).isNotDone();
        registry.answer(RegisterResponse.newBuilder()
                .setSequence(registry.requests.getLast().getSequence())
                .setDrained(true)
                .build());
        assertThat(drained).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Withdrawal.CONFIRMED);
    }

    @Test
    void aDrainTellsWhoDidNotAcknowledge() throws Exception {
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> status().connected());
        CompletableFuture<Withdrawal> drained = registrar().drain();
        await().until(() -> registry.requests.getLast().getWorkloads(0).getDraining());
        registry.answer(RegisterResponse.newBuilder()
                .setSequence(registry.requests.getLast().getSequence())
                .setDrained(true)
                .setUnconfirmed("web-1 is silent")
                .build());
        assertThat(drained).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(new Withdrawal("web-1 is silent"));
    }

    @Test
    void aDrainWithoutAControlPlaneIsBounded() throws Exception {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> !status().error().isEmpty());
        assertThat(registrar().drain())
                .succeedsWithin(Duration.ofSeconds(8))
                .satisfies(withdrawal -> assertThat(withdrawal.unconfirmed()).contains("the control plane is away"));
    }

    @Test
    void aDrainFindsAControlPlaneThatComesBack() throws Exception {
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> status().connected());
        int port = server.getPort();
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        await().until(() -> !status().connected());
        registry.requests.clear();
        CompletableFuture<Withdrawal> drained = registrar().drain();
        server = registry.serve(port);
        await().until(() -> !registry.requests.isEmpty());
        assertThat(registry.requests.getLast().getWorkloads(0).getDraining()).isTrue();
        registry.answer(RegisterResponse.newBuilder()
                .setSequence(registry.requests.getLast().getSequence())
                .setDrained(true)
                .build());
        assertThat(drained).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Withdrawal.CONFIRMED);
    }

    @Test
    void aRefusalIsTold() throws Exception {
        registry.error = "the node claims to be somebody else";
        start(HealthCheck.CONNECT, application.getLocalPort());
        await().until(() -> status().error().equals("the node claims to be somebody else"));
    }

    private void start(HealthCheck check, int applicationPort) {
        ServiceOffer service = new ServiceOffer("cart", 80, applicationPort, "http", check);
        WorkloadOffer workload = new WorkloadOffer(
                "node",
                "shop",
                "cart-1",
                "cart",
                Map.of("version", "v1"),
                "127.0.0.1",
                15006,
                WorkloadOffer.Place.NONE,
                List.of(service));
        registrar = new Registrar(channel.channel, loop, List.of(workload), QUICK);
        registrar.start();
    }

    private Registrar registrar() {
        assertThat(registrar).isNotNull();
        return registrar;
    }

    private RegistrationStatus status() {
        return registrar().status().get();
    }

    private OfferedService.Health lastHealth() {
        // None has come yet to a registry that has just begun.
        return registry.requests.isEmpty()
                ? OfferedService.Health.HEALTH_UNSPECIFIED
                : registry.requests.getLast().getWorkloads(0).getServices(0).getHealth();
    }

    private boolean probeAnsweredWith(HealthCheck check, String answer) {
        Thread.ofVirtual().start(() -> {
            try (Socket accepted = application.accept();
                    InputStream input = accepted.getInputStream()) {
                assertThat(input.read(new byte[1024])).isPositive();
                accepted.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        return HealthProber.probe(check, application.getLocalPort());
    }

    /** Takes whatever is registered, and answers. */
    private static final class Registry extends RegistrationGrpc.RegistrationImplBase {
        final List<RegisterRequest> requests = new CopyOnWriteArrayList<>();
        volatile String error = "";
        private volatile @Nullable StreamObserver<RegisterResponse> answers;

        Server serve(int port) throws IOException {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .addService(this)
                    .build()
                    .start();
        }

        void answer(RegisterResponse response) {
            StreamObserver<RegisterResponse> open = answers;
            assertThat(open).isNotNull();
            open.onNext(response);
        }

        @Override
        public StreamObserver<RegisterRequest> register(StreamObserver<RegisterResponse> responses) {
            answers = responses;
            return new StreamObserver<>() {
                @Override
                public void onNext(RegisterRequest request) {
                    requests.add(request);
                    responses.onNext(RegisterResponse.newBuilder()
                            .setSequence(request.getSequence())
                            .setLease(Durations.fromSeconds(30))
                            .setError(error)
                            .build());
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    responses.onCompleted();
                }
            };
        }
    }
}
