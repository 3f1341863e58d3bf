package io.weft.control.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.Answer;
import io.weft.api.v1.Edge;
import io.weft.api.v1.EdgeReport;
import io.weft.api.v1.Question;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.api.v1.TelemetryGrpc;
import io.weft.control.telemetry.ProxyQuestions.Reply;
import io.weft.core.identity.SpiffeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EdgeReceiverTest {
    private static final SpiffeId WEB = SpiffeId.parse("spiffe://mesh.test/ns/shop/sa/web");
    private static final SpiffeId OTHER = SpiffeId.parse("spiffe://mesh.test/ns/shop/sa/other");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final AtomicLong nanos = new AtomicLong(Duration.ofSeconds(1000).toNanos());
    private final TrafficStore store = new TrafficStore(nanos::get, 100);
    private final ProxyQuestions questions = new ProxyQuestions();
    private final AtomicReference<Optional<SpiffeId>> peer = new AtomicReference<>(Optional.of(WEB));
    private final EdgeReceiver receiver = new EdgeReceiver(store, questions, peer::get);
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(receiver)
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    @Test
    void reportedEdgesBecomeTheGraph() {
        Proxy proxy = new Proxy("web-1");
        proxy.report(edge().build());
        await().until(() -> total() == 5);
        nanos.addAndGet(SECOND.toNanos());

        ServiceGraph.Edge edge = ServiceGraph.of(store, 1).edges().getFirst();
        assertThat(edge.window().p50Millis()).isBetween(1.9, 2.1);
        assertThat(edge.window().mtls()).isTrue();
        assertThat(edge.window().versions())
                .extracting(ServiceGraph.VersionShare::version)
                .containsExactly("v2");
    }

    @Test
    void edgeOfAnotherIdentityIsLeftOutAndCounted() {
        Proxy proxy = new Proxy("web-1");
        proxy.report(edge().setSourceNamespace("bank").build());
        proxy.report(edge().setSourcePrincipal(OTHER.toString()).build());
        proxy.report(edge().setReporter("destination")
                .setDestinationNamespace("bank")
                .build());
        proxy.report(edge().setReporter("nobody").build());
        proxy.report(edge().setRequests(-1).build());
        proxy.report(
                edge().setLatencyHistogram(ByteString.copyFromUtf8("nonsense")).build());
        proxy.report(edge().build());

        await().until(() -> total() == 5);
        assertThat(receiver.refusedEdges()).isEqualTo(6);
        assertThat(ServiceGraph.of(store, 1).edges()).hasSize(1);
    }

    @Test
    void connectionWithoutAnIdentityIsRefused() {
        peer.set(Optional.empty());
        Proxy proxy = new Proxy("web-1");
        assertThat(proxy.ended.join().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void proxyIsAskedOverItsOwnStream() throws Exception {
        Proxy proxy = new Proxy("web-1");
        await().until(() -> questions.reachable().contains("web-1"));
        proxy.answer =
                question -> Optional.of(Answer.newBuilder().setJson("{\"path\":\"" + question.getAdminPath() + "\"}"));

        assertThat(questions.askAdmin("web-1", "/certs", Duration.ofSeconds(10)))
                .isEqualTo(new Reply.Json("{\"path\":\"/certs\"}"));
        proxy.answer = question -> Optional.of(Answer.newBuilder().setError("no such page"));
        assertThat(questions.askAdmin("web-1", "/nope", Duration.ofSeconds(10)))
                .isEqualTo(new Reply.Refused("no such page"));
        assertThat(questions.askAdmin("absent", "/certs", SECOND)).isInstanceOf(Reply.Unreachable.class);
    }

    @Test
    void proxyThatDoesNotAnswerIsNotWaitedForLongerThanAsked() throws Exception {
        Proxy proxy = new Proxy("web-1");
        await().until(() -> questions.reachable().contains("web-1"));
        proxy.answer = question -> Optional.empty();

        assertThat(questions.askAdmin("web-1", "/certs", Duration.ofMillis(50)))
                .isEqualTo(new Reply.Unreachable("proxy web-1 did not answer within 50 ms"));
    }

    @Test
    void questionEndsWhenItsStreamDoes() throws Exception {
        Proxy proxy = new Proxy("web-1");
        await().until(() -> questions.reachable().contains("web-1"));
        proxy.answer = question -> {
            proxy.requests.onCompleted();
            return Optional.empty();
        };

        assertThat(questions.askAdmin("web-1", "/certs", Duration.ofSeconds(10)))
                .isEqualTo(new Reply.Unreachable("proxy web-1 closed its telemetry stream"));
        assertThat(questions.reachable()).isEmpty();
    }

    @Test
    void nodeIdOfAnotherIdentityIsRefused() {
        new Proxy("web-1");
        await().until(() -> questions.reachable().contains("web-1"));
        peer.set(Optional.of(OTHER));
        Proxy impostor = new Proxy("web-1");

        assertThat(impostor.ended.join().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(questions.reachable()).containsExactly("web-1");
    }

    @Test
    void newStreamOfTheSameProxyTakesOver() throws Exception {
        Proxy first = new Proxy("web-1");
        await().until(() -> questions.reachable().contains("web-1"));
        Proxy second = new Proxy("web-1");
        second.report(edge().build());
        await().until(() -> total() == 5);
        first.requests.onCompleted();
        first.ended.join();
        second.answer = question -> Optional.of(Answer.newBuilder().setJson("2"));

        assertThat(questions.askAdmin("web-1", "/certs", Duration.ofSeconds(10)))
                .isEqualTo(new Reply.Json("2"));
    }

    private long total() {
        return ServiceGraph.of(store, 1).edges().stream()
                .mapToLong(edge -> edge.total().requests())
                .sum();
    }

    private static Edge.Builder edge() {
        Histogram latency = LatencyHistogram.empty();
        latency.recordValueWithCount(2000, 5);
        return Edge.newBuilder()
                .setReporter("source")
                .setSourceNamespace("shop")
                .setSourceWorkload("web")
                .setSourcePrincipal(WEB.toString())
                .setDestinationNamespace("shop")
                .setDestinationService("cart")
                .setDestinationVersion("v2")
                .setProtocol("http")
                .setMutualTls(true)
                .setRequests(5)
                .setLatencyHistogram(ByteString.copyFrom(LatencyHistogram.encode(latency)));
    }

    private interface Answering {
        Optional<Answer.Builder> answer(Question question);
    }

    private final class Proxy implements StreamObserver<ReportResponse> {
        final CompletableFuture<Status> ended = new CompletableFuture<>();
        final StreamObserver<ReportRequest> requests;
        volatile Answering answer = question -> Optional.empty();

        Proxy(String nodeId) {
            requests = TelemetryGrpc.newStub(channel).report(this);
            requests.onNext(ReportRequest.newBuilder()
                    .setNodeId(nodeId)
                    .setEdges(EdgeReport.getDefaultInstance())
                    .build());
        }

        void report(Edge edge) {
            requests.onNext(ReportRequest.newBuilder()
                    .setEdges(EdgeReport.newBuilder().addEdges(edge))
                    .build());
        }

        @Override
        public void onNext(ReportResponse response) {
            answer.answer(response.getQuestion())
                    .ifPresent(made -> requests.onNext(ReportRequest.newBuilder()
                            .setAnswer(made.setId(response.getQuestion().getId()))
                            .build()));
        }

        @Override
        public void onError(Throwable failure) {
            ended.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }
    }
}
