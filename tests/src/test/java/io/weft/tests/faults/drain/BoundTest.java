package io.weft.tests.faults.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.weft.cli.sidecar.BootstrapFile;
import io.weft.cli.sidecar.ControlAddress;
import io.weft.cli.sidecar.Subject;
import io.weft.core.identity.PrivateFiles;
import io.weft.proxy.ProxyMain;
import io.weft.proxy.ProxyOptions;
import io.weft.proxy.StopRequests;
import io.weft.tests.faults.Reply;
import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.GrpcApplication;
import io.weft.tests.planes.Load;
import io.weft.tests.planes.RawApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What does not end by itself, and what cannot be announced. */
class BoundTest {
    private static final Duration DRAIN = Duration.ofSeconds(1);

    private TestMesh mesh;
    private Sidecar frontend;

    @BeforeEach
    void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        frontend = mesh.sidecar("frontend").start();
    }

    @AfterEach
    void leave() {
        mesh.close();
    }

    @Test
    void streamsThatGoOnAreCutAtTheBoundEachInItsWay() throws Exception {
        GrpcApplication rates = mesh.keep(new GrpcApplication());
        CountDownLatch unanswered = new CountDownLatch(1);
        RawApplication raw = mesh.keep(new RawApplication(socket -> converse(socket, unanswered)));
        Sidecar backend = mesh.sidecar("backend")
                .offers("rates", 9090, rates.port(), "grpc")
                .offers("raw", 80, raw.port(), "http")
                .drain(DRAIN)
                .start();
        await().atMost(TestMesh.BOUND).until(() -> mesh.available("rates") == 1 && mesh.available("raw") == 1);
        mesh.awaitSynced(2);

        ManagedChannel channel = NettyChannelBuilder.forTarget("dns:///rates.shop:9090")
                .usePlaintext()
                .proxyDetector(target -> HttpConnectProxiedSocketAddress.newBuilder()
                        .setProxyAddress(frontend.outbound())
                        .setTargetAddress((InetSocketAddress) target)
                        .build())
                .build();
        try (Socket webSocket = connect();
                Socket waiting = connect()) {
            BlockingQueue<String> said = new LinkedBlockingQueue<>();
            StreamObserver<String> talk = ClientCalls.asyncBidiStreamingCall(
                    channel.newCall(GrpcApplication.TALK, GrpcApplication.options()), new Ears(said));
            talk.onNext("hello");
            assertThat(said.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS)).isEqualTo("heard hello");
            RawApplication.write(
                    webSocket, "GET /room HTTP/1.1\r\nHost: raw\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(RawApplication.head(webSocket.getInputStream())).startsWith("HTTP/1.1 101 ");
            RawApplication.write(waiting, "POST /wait HTTP/1.1\r\nHost: raw\r\nContent-Length: 0\r\n\r\n");
            assertThat(unanswered.await(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();

            long began = System.nanoTime();
            backend.proxy().drain();

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(DRAIN, DRAIN.multipliedBy(10));
            assertThat(said.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .startsWith(Status.Code.UNAVAILABLE + ": the proxy stops");
            assertThat(webSocket.getInputStream().read()).isEqualTo(-1);
            Reply cut = Reply.of(RawApplication.head(waiting.getInputStream()));
            assertThat(cut.status()).isEqualTo(503);
            assertThat(cut.cause()).isEqualTo("drain_bound");
            JsonNode record = mesh.request("backend", cut.requestId());
            assertThat(record.path("status").asInt()).as(record.toString()).isEqualTo(503);
            assertThat(record.path("flags").asString()).as(record.toString()).isEqualTo("LR");
            Metrics metrics = mesh.metrics("backend");
            assertThat(metrics.sum("weft_requests_total", "response_flags", "LR", "response_code", "503"))
                    .isEqualTo(1);
            assertThat(metrics.sum("weft_drain_cut_total")).isEqualTo(3);
        } finally {
            channel.shutdownNow();
        }
    }

    /** Accepts an upgrade and goes on; answers nothing else. */
    private static void converse(Socket socket, CountDownLatch unanswered) throws IOException {
        String head = RawApplication.head(socket.getInputStream());
        if (head.startsWith("GET /room ")) {
            RawApplication.write(
                    socket, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        } else if (head.startsWith("POST /wait ")) {
            unanswered.countDown();
        }
        while (socket.getInputStream().read() >= 0) {
            // It waits for the end.
        }
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(frontend.outbound().getAddress(), frontend.outbound().getPort());
        socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
        return socket;
    }

    private record Ears(BlockingQueue<String> said) implements StreamObserver<String> {
        @Override
        public void onNext(String word) {
            said.add(word);
        }

        @Override
        public void onError(Throwable failure) {
            Status status = Status.fromThrowable(failure);
            said.add(status.getCode() + ": " + status.getDescription());
        }

        @Override
        public void onCompleted() {
            said.add("completed");
        }
    }

    @Test
    void withoutAControlPlaneClientsFindOutByThemselvesAndLoseNothing() throws Exception {
        EchoApplication staying = mesh.keep(new EchoApplication("staying"));
        EchoApplication leaving = mesh.keep(new EchoApplication("leaving"));
        mesh.sidecar("cart-1")
                .serviceAccount("cart")
                .offers("cart", 8080, staying.port(), "http")
                .start();
        Sidecar second = mesh.sidecar("cart-2")
                .serviceAccount("cart")
                .offers("cart", 8080, leaving.port(), "http")
                .start();
        await().atMost(TestMesh.BOUND).until(() -> mesh.available("cart") == 2);
        // It is about who leaves, not about how long handshakes take beside others on one core.
        mesh.apply("""
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: cart, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: cart}]
                  timeouts: {connect: 20s}
                """);
        mesh.awaitSynced(3);
        try (Load load = new Load(
                frontend,
                8,
                () -> HttpRequest.newBuilder(URI.create("http://cart:8080/")).POST(BodyPublishers.ofString("x")),
                Load::notOk)) {
            await().atMost(TestMesh.BOUND).until(() -> staying.requests() > 20 && leaving.requests() > 20);
            mesh.stopControlPlane();
            second.proxy().drain();
            int last = leaving.requests();
            second.close();
            load.awaitPassed(200);
            assertThat(leaving.requests()).isEqualTo(last);
            load.end();
        }
    }

    @Test
    void theProxyOfAClientEndsAfterTheRequestsThatRun() throws Exception {
        EchoApplication slow = mesh.keep(new EchoApplication("slow"));
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        slow.handle(exchange -> {
            arrived.countDown();
            try {
                answer.await(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            EchoApplication.echo(exchange);
        });
        mesh.sidecar("slow").offers("slow", 80, slow.port(), "http").start();
        await().atMost(TestMesh.BOUND).until(() -> mesh.available("slow") == 1);
        mesh.awaitSynced(2);
        try (Socket client = connect()) {
            RawApplication.write(client, "POST / HTTP/1.1\r\nHost: slow\r\nContent-Length: 0\r\n\r\n");
            assertThat(arrived.await(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            InetSocketAddress outbound = frontend.outbound();
            CompletableFuture<Void> drained =
                    CompletableFuture.runAsync(() -> frontend.proxy().drain());
            await().atMost(TestMesh.BOUND).until(() -> !isListening(outbound));
            assertThat(drained).isNotDone();
            answer.countDown();
            assertThat(RawApplication.head(client.getInputStream()))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("connection: close");
            assertThat(drained).succeedsWithin(TestMesh.BOUND);
        }
    }

    private static boolean isListening(InetSocketAddress address) {
        try (Socket _ = new Socket(address.getAddress(), address.getPort())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aStopDuringTheStartOfAProxyEndsIt(@TempDir Path state) throws Exception {
        Path token = state.resolve("token");
        PrivateFiles.write(token, mesh.token("late").getBytes(StandardCharsets.US_ASCII));
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ControlAddress control = ControlAddress.parse(
                    "127.0.0.1:" + silent.getLocalPort(), mesh.server().trustDomain());
            Subject subject = new Subject("shop", "late", "late", Map.of(), "127.0.0.1", List.of());
            BootstrapFile.write(state.resolve("bootstrap.json"), "late", subject, control, 0, 0);
            ProxyOptions options = new ProxyOptions(
                    state.resolve("bootstrap.json"),
                    token,
                    state.resolve("state"),
                    null,
                    1,
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(1),
                    0);
            StopRequests stops = new StopRequests();
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            FutureTask<Integer> running = new FutureTask<>(() -> ProxyMain.run(options, stops, nowhere, nowhere));
            Thread.ofPlatform().start(running);
            silent.accept();
            stops.request();
            assertThat(running.get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(ProxyMain.EXIT_STOPPED);
        }
    }

    @Test
    void theApplicationsOwnRequestsWorkUntilTheProxyEnds() throws Exception {
        EchoApplication application = mesh.keep(new EchoApplication("cart"));
        Sidecar cart = mesh.sidecar("cart")
                .offers("cart", 8080, application.port(), "http")
                .start();
        EchoApplication other = mesh.keep(new EchoApplication("other"));
        mesh.sidecar("other").offers("other", 8080, other.port(), "http").start();
        cart.awaitAnswer("http://other:8080/");
        try (Load load = Load.of(cart, 4, "http://other:8080/")) {
            load.awaitPassed(20);
            assertThat(cart.proxy().drainRequestsOfOthers(TestMesh.BOUND)).isTrue();
            load.awaitPassed(100);
            load.end();
        }
    }
}
