package io.weft.tests.faults.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.GrpcAnswers;
import io.weft.tests.planes.GrpcApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import io.weft.tests.rest.Documents;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kinds of gRPC's calls, however the client gets to its proxy and whatever the service is said to speak; what the proxies themselves answer. */
class GrpcPairingTest {
    private static final int WORDS = 200;

    private static TestMesh mesh;
    private static Sidecar frontend;
    private static EventLoopGroup loops;
    private static EchoApplication echo;

    /** How a client reaches its proxy. */
    enum Way {
        PRIOR_KNOWLEDGE,
        CONNECT
    }

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        mesh = new TestMesh(directory);
        GrpcApplication application = mesh.keep(new GrpcApplication());
        GrpcApplication gone = new GrpcApplication();
        echo = mesh.keep(new EchoApplication("echo"));
        mesh.sidecar("backend")
                .offers("as-grpc", 9090, application.port(), "grpc")
                .offers("as-http2", 9090, application.port(), "http2")
                .offers("detected", 9090, application.port(), "")
                .offers("slow", 9090, application.port(), "grpc")
                .offers("echo", 80, echo.port(), "http")
                .start();
        mesh.sidecar("leaving").offers("refused", 9090, gone.port(), "grpc").start();
        frontend = mesh.sidecar("frontend").start();
        mesh.apply(Documents.policy("slow", "timeouts: {request: 300ms}"));
        frontend.awaitAnswer("http://echo/");
        gone.close();
    }

    @AfterAll
    static void leave() {
        mesh.close();
        loops.shutdownGracefully().syncUninterruptibly();
    }

    static Stream<Arguments> pairings() {
        return Stream.of(Way.values())
                .flatMap(way -> Stream.of("as-grpc", "as-http2", "detected")
                        .map(service -> Arguments.of(way, service + ".shop:9090")));
    }

    private static ManagedChannel channel(Way way, String target) {
        return switch (way) {
            case PRIOR_KNOWLEDGE ->
                NettyChannelBuilder.forAddress(frontend.outbound())
                        .usePlaintext()
                        .proxyDetector(_ -> null)
                        .overrideAuthority(target)
                        .build();
            case CONNECT ->
                NettyChannelBuilder.forTarget("dns:///" + target)
                        .usePlaintext()
                        .proxyDetector(address -> HttpConnectProxiedSocketAddress.newBuilder()
                                .setProxyAddress(frontend.outbound())
                                .setTargetAddress((InetSocketAddress) address)
                                .build())
                        .build();
        };
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void allKindsOfCallsPass(Way way, String target) throws Exception {
        ManagedChannel channel = channel(way, target);
        try {
            String large = "x".repeat(1 << 20);
            assertThat(unary(channel, large)).isEqualTo("said " + large);
            assertThatThrownBy(() -> unary(channel, "fail: 50% ü"))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                        assertThat(failure.getStatus().getDescription()).isEqualTo("asked to: fail: 50% ü");
                    });

            List<Integer> sizes = new ArrayList<>();
            Iterator<String> counted =
                    ClientCalls.blockingServerStreamingCall(channel, GrpcApplication.COUNT, options(), "" + WORDS);
            counted.forEachRemaining(message -> sizes.add(message.length()));
            assertThat(sizes).hasSize(WORDS).isSorted().endsWith(WORDS - 1);

            GrpcAnswers collected = new GrpcAnswers();
            StreamObserver<String> words = ClientCalls.asyncClientStreamingCall(
                    channel.newCall(GrpcApplication.COLLECT, options()), collected);
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < WORDS; i++) {
                words.onNext("word " + i + " ");
                all.append("word ").append(i).append(' ');
            }
            words.onCompleted();
            assertThat(collected.next()).isEqualTo(all.toString());
            assertThat(collected.next()).isEqualTo(GrpcAnswers.OVER);

            GrpcAnswers heard = new GrpcAnswers();
            StreamObserver<String> talk =
                    ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcApplication.TALK, options()), heard);
            for (int i = 0; i < WORDS; i++) {
                talk.onNext("word " + i);
                assertThat(heard.next()).isEqualTo("heard word " + i);
            }
            talk.onCompleted();
            assertThat(heard.next()).isEqualTo("bye");
            assertThat(heard.next()).isEqualTo(GrpcAnswers.OVER);
        } finally {
            channel.shutdownNow();
        }
    }

    private static CallOptions options() {
        return GrpcApplication.options();
    }

    private static String unary(ManagedChannel channel, String request) {
        return ClientCalls.blockingUnaryCall(channel, GrpcApplication.SAY, options(), request);
    }

    /** A call of gRPC as it stands on the wire; the call never ends by itself. */
    private static Received call(String authority, String timeout) throws Exception {
        return call(authority, GrpcApplication.WAIT, timeout);
    }

    private static Received call(String authority, MethodDescriptor<?, ?> method, String timeout) throws Exception {
        Http2Headers head = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority(authority)
                .path("/" + method.getFullMethodName())
                .add("content-type", "application/grpc")
                .add("te", "trailers");
        if (!timeout.isEmpty()) {
            head.add("grpc-timeout", timeout);
        }
        try (FramedClient client = new FramedClient(loops, frontend.outbound(), "http", (_, ready) -> ready.run())) {
            // One message of no byte: not compressed, and its length.
            return client.send(head, new byte[5]);
        }
    }

    /** gRPC over HTTP/2, "Trailers-Only": head and trailers at once. */
    private static void assertReply(Received reply, String grpcStatus, String cause, String message) {
        assertThat(reply.start()).as(reply.toString()).isEqualTo("200");
        assertThat(reply.body()).isEqualTo("0 bytes");
        assertThat(reply.trailers()).isEmpty();
        assertThat(reply.fields())
                .as(reply.toString())
                .containsEntry("content-type", "application/grpc")
                .containsEntry("grpc-status", grpcStatus)
                .containsEntry("x-weft-cause", cause)
                .containsEntry("x-request-id", "(id)")
                .containsEntry("grpc-message", message);
    }

    @Test
    void whatAProxyAnswersIsAStatusOfGrpc() throws Exception {
        assertThat(call("nobody.invalid:9090", "").fields())
                .containsEntry("grpc-status", "14")
                .containsEntry("x-weft-cause", "unresolved_host");
        assertReply(call("as-grpc.shop:9090", "200m"), "4", "deadline_exceeded", "downstream duration timeout");
        assertReply(call("slow.shop:9090", ""), "14", "request_timeout", "upstream request timeout");
        Received refused = call("refused.shop:9090", "");
        assertThat(refused.start()).isEqualTo("200");
        assertThat(refused.fields())
                .as(refused.toString())
                .containsEntry("grpc-status", "14")
                .containsKey("x-weft-cause");
    }

    @Test
    void whatAnApplicationOfAnotherKindAnswersPassesAsItIs() throws Exception {
        echo.handle(exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        Received answer = call("echo.shop:80", "");
        assertThat(answer.start()).isEqualTo("404");
        assertThat(answer.fields()).doesNotContainKey("grpc-status").containsEntry("x-application", "echo");
        echo.handle(EchoApplication::echo);
    }

    private static final Pattern MILLIS = Pattern.compile("(\\d+)m");

    @Test
    void whatIsLeftOfADeadlineIsPassedOn() throws Exception {
        frontend.send(HttpRequest.newBuilder(URI.create("http://echo/deadline")).header("grpc-timeout", "20S"));
        String left = echo.last("/deadline").header("grpc-timeout").getFirst();
        assertThat(left).matches(MILLIS);
        assertThat(Integer.parseInt(left.substring(0, left.length() - 1))).isBetween(1, 20_000);

        frontend.send(HttpRequest.newBuilder(URI.create("http://echo/expected"))
                .header("x-envoy-expected-rq-timeout-ms", "20000"));
        String expected =
                echo.last("/expected").header("x-envoy-expected-rq-timeout-ms").getFirst();
        assertThat(Integer.parseInt(expected)).isBetween(1, 20_000);
    }

    @Test
    void theTimeThatIsLeftHoldsForAnApplicationsOwnCalls() throws Exception {
        CompletableFuture<String> answered = new CompletableFuture<>();
        echo.handle(exchange -> {
            exchange.getRequestBody().readAllBytes();
            answered.join();
            exchange.close();
        });
        HttpResponse<String> response = frontend.send(HttpRequest.newBuilder(URI.create("http://echo/waits"))
                .header("x-envoy-expected-rq-timeout-ms", "200"));
        answered.complete("");
        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.headers().firstValue("x-weft-cause")).contains("request_timeout");
        echo.handle(EchoApplication::echo);
    }
}
