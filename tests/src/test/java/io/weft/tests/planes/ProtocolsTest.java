package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications speak, through two proxies. */
class ProtocolsTest {
    private static TestMesh mesh;
    private static GrpcApplication rates;
    private static Sidecar frontend;
    private static final BlockingQueue<String> ENDS = new LinkedBlockingQueue<>();

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        rates = mesh.keep(new GrpcApplication());
        EchoApplication echo = mesh.keep(new EchoApplication("echo"));
        RawApplication chat = mesh.keep(new RawApplication(ProtocolsTest::chat));
        RawApplication trailing = mesh.keep(new RawApplication(ProtocolsTest::answerWithTrailers));
        mesh.sidecar("backend")
                .offers("rates", 9090, rates.port(), "grpc")
                .offers("echo", 80, echo.port(), "http")
                .offers("chat", 80, chat.port(), "http")
                .offers("trailing", 80, trailing.port(), "http")
                .start();
        frontend = mesh.sidecar("frontend").start();
        frontend.awaitAnswer("http://echo/");
        frontend.awaitAnswer("http://trailing/");
    }

    @AfterAll
    static void leave() throws Exception {
        mesh.close();
    }

    @Test
    void grpcPassesByConnectAsAProxySettingSendsIt() throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forTarget("dns:///rates.shop:9090")
                .usePlaintext()
                .proxyDetector(target -> HttpConnectProxiedSocketAddress.newBuilder()
                        .setProxyAddress(frontend.outbound())
                        .setTargetAddress((InetSocketAddress) target)
                        .build())
                .build();
        try {
            talk(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void grpcPassesByPriorKnowledgeOnTheOutboundPort() throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", frontend.outbound().getPort())
                .usePlaintext()
                .proxyDetector(target -> null)
                .overrideAuthority("rates.shop:9090")
                .build();
        try {
            talk(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    private static void talk(ManagedChannel channel) throws Exception {
        assertThat(call(channel, "hello")).isEqualTo("said hello");
        assertThat(rates.clientCertificate.get()).contains("URI=spiffe://cluster.local/ns/shop/sa/frontend");

        assertThatThrownBy(() -> call(channel, "fail now"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                    assertThat(failure.getStatus().getDescription()).isEqualTo("asked to: fail now");
                    assertThat(failure.getTrailers().get(GrpcApplication.DETAIL))
                            .isEqualTo("of fail now");
                });

        GrpcAnswers heard = new GrpcAnswers();
        StreamObserver<String> words = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(GrpcApplication.TALK, GrpcApplication.options()), heard);
        for (int i = 0; i < 20; i++) {
            words.onNext("word " + i);
            // An answer before the next word: both directions are open at once.
            assertThat(heard.next()).isEqualTo("heard word " + i);
        }
        words.onCompleted();
        assertThat(heard.next()).isEqualTo("bye");
        assertThat(heard.next()).isEqualTo(GrpcAnswers.OVER);

        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        channel,
                        GrpcApplication.WAIT,
                        GrpcApplication.options().withDeadlineAfter(Duration.ofMillis(300)),
                        ""))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
        assertThat(rates.cancelled.await(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    private static String call(ManagedChannel channel, String request) {
        return ClientCalls.blockingUnaryCall(channel, GrpcApplication.SAY, GrpcApplication.options(), request);
    }

    @Test
    void aGrpcServiceThatIsNotThereIsUnavailable() {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", frontend.outbound().getPort())
                .usePlaintext()
                .proxyDetector(target -> null)
                .overrideAuthority("nobody.invalid:9090")
                .build();
        try {
            assertThatThrownBy(() -> call(channel, "hello"))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aWebSocketTalksBothWays() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = frontend.client()
                .newWebSocketBuilder()
                .connectTimeout(TestMesh.BOUND)
                .buildAsync(URI.create("ws://chat/room"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
                        heard.add(text.toString());
                        webSocket.request(1);
                        return CompletableFuture.completedStage(null);
                    }
                })
                .get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        for (int i = 0; i < 5; i++) {
            socket.sendText("line " + i, true).get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
            assertThat(next(heard)).isEqualTo("line " + i);
        }
        ENDS.clear();
        socket.abort();
        assertThat(next(ENDS)).isEqualTo("end");
    }

    @Test
    void anUpgradedConnectionThatTheApplicationEndsIsOverOnBothSides() throws Exception {
        try (Socket socket =
                new Socket(frontend.outbound().getAddress(), frontend.outbound().getPort())) {
            socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
            RawApplication.write(socket, """
                    GET /leave HTTP/1.1\r
                    Host: chat\r
                    Connection: Upgrade\r
                    Upgrade: websocket\r
                    Sec-WebSocket-Version: 13\r
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                    \r
                    """);
            ENDS.clear();
            assertThat(RawApplication.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            // This side has said nothing yet, but all is over: the application must not wait for it.
            assertThat(next(ENDS)).isEqualTo("end");
        }
    }

    /** Answers an upgrade, then sends each text frame back; where the path is /leave, ends its side at once. */
    private static void chat(Socket socket) throws java.io.IOException {
        String head = RawApplication.head(socket.getInputStream());
        Matcher key = Pattern.compile("(?i)sec-websocket-key: (.*)\r\n").matcher(head);
        if (!key.find()) {
            RawApplication.write(socket, "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        RawApplication.write(
                socket,
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
                        + accept(key.group(1)) + "\r\n\r\n");
        if (head.startsWith("GET /leave ")) {
            socket.shutdownOutput();
        }
        var in = socket.getInputStream();
        while (in.read() >= 0) {
            // Short masked frames, as these tests send them (RFC 6455, section 5.2).
            int length = in.read() & 0x7f;
            byte[] mask = in.readNBytes(4);
            byte[] text = in.readNBytes(length);
            if (mask.length < 4 || text.length < length) {
                break;
            }
            byte[] frame = new byte[2 + length];
            frame[0] = (byte) 0x81;
            frame[1] = (byte) length;
            for (int i = 0; i < length; i++) {
                frame[2 + i] = (byte) (text[i] ^ mask[i % 4]);
            }
            socket.getOutputStream().write(frame);
        }
        ENDS.add("end");
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aClientThatExpectsContinueIsToldToGoOn() throws Exception {
        HttpResponse<String> response = frontend.send(HttpRequest.newBuilder(URI.create("http://echo/expect"))
                .expectContinue(true)
                .POST(BodyPublishers.ofString("sent after 100")));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("sent after 100");
    }

    @Test
    void trailersOfAChunkedBodyPassBothWays() throws Exception {
        try (Socket socket =
                new Socket(frontend.outbound().getAddress(), frontend.outbound().getPort())) {
            socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
            RawApplication.write(socket, """
                    POST /trailers HTTP/1.1\r
                    Host: trailing\r
                    TE: trailers\r
                    Connection: close\r
                    Transfer-Encoding: chunked\r
                    \r
                    5\r
                    hello\r
                    0\r
                    x-sum: 5\r
                    \r
                    """);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer)
                    .startsWith("HTTP/1.1 200 ")
                    .contains("got 5 hello")
                    .endsWith("x-answered: yes\r\n\r\n");
        }
    }

    /** Tells, in a body with a trailer, what body and trailer it got. */
    private static void answerWithTrailers(Socket socket) throws java.io.IOException {
        while (true) {
            String head = RawApplication.head(socket.getInputStream());
            if (head.isEmpty()) {
                return;
            }
            if (head.startsWith("GET ")) {
                RawApplication.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            String body = RawApplication.head(socket.getInputStream());
            Matcher parts = Pattern.compile("(?s)5\r\n(hello)\r\n0\r\nx-sum: (5)\r\n\r\n")
                    .matcher(body);
            String told = parts.matches() ? "got " + parts.group(2) + " " + parts.group(1) : "got " + body;
            RawApplication.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nTrailer: x-answered\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(told.length()) + "\r\n" + told + "\r\n0\r\nx-answered: yes\r\n\r\n");
        }
    }

    private static String next(BlockingQueue<String> queue) throws InterruptedException {
        String next = queue.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        return next == null ? "nothing" : next;
    }
}
