package io.weft.tests.faults.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import io.weft.tests.faults.pairing.Pairing.Hop;
import io.weft.tests.faults.pairing.Pairing.Speaking;
import io.weft.tests.planes.RawApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * WebSockets over HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441), in each pairing: the client's side and the application's each see a handshake that
 * is complete by the rules of their own version.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as an echo that does not come
class WebSocketPairingTest {
    /** RFC 6455, section 1.3: its own example. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private static final int ECHOED = 100_000;
    private static final BlockingQueue<String> SEEN = new LinkedBlockingQueue<>();

    private static TestMesh mesh;
    private static Sidecar frontend;
    private static EventLoopGroup loops;
    private static Channel framed;

    /** What an application speaks. */
    enum Taking {
        H1,
        H2,
        /** HTTP/2 without RFC 8441: it does not announce that it takes an extended CONNECT. */
        H2_WITHOUT_CONNECT
    }

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        mesh = new TestMesh(directory);
        RawApplication plain = mesh.keep(new RawApplication(WebSocketPairingTest::plain));
        Sidecar.Plan backend = mesh.sidecar("backend");
        for (Hop hop : Hop.values()) {
            backend.offers(service(Taking.H1, hop), 80, plain.port(), "http");
        }
        framed = server(true);
        backend.offers(service(Taking.H2, Hop.UPGRADED), 80, port(framed), "http2");
        backend.offers(service(Taking.H2_WITHOUT_CONNECT, Hop.UPGRADED), 80, port(server(false)), "http2");
        backend.start();
        frontend = mesh.sidecar("frontend").start();
        mesh.apply(Documents.policy("h1-upgraded", "protocolUpgrade: HTTP2"));
        for (String service :
                new String[] {"h1-as-it-came", "h1-upgraded", "h2-upgraded", "h2-without-connect-upgraded"}) {
            frontend.awaitAnswer("http://" + service + "/");
        }
    }

    @AfterAll
    static void leave() {
        mesh.close();
        framed.close().syncUninterruptibly();
        loops.shutdownGracefully().syncUninterruptibly();
    }

    @BeforeEach
    void forget() {
        SEEN.clear();
    }

    private static String service(Taking taking, Hop hop) {
        return (taking + "-" + hop).toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int port(Channel server) {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    // ---- applications: they take a WebSocket, then send each byte back

    private static void plain(Socket socket) throws IOException {
        PlainWire wire = new PlainWire(socket);
        while (true) {
            PlainWire.Head head = wire.head();
            if (!head.fields().get("upgrade").equals("websocket")) {
                wire.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            SEEN.add(head.word(0) + " " + head.word(1) + " " + head.fields().get("connection") + " version "
                    + head.fields().get("sec-websocket-version"));
            if (head.word(1).equals("/refused")) {
                wire.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                return;
            }
            String answer = head.word(1).equals("/wrong")
                    ? ACCEPT
                    : PlainWebSocket.accept(head.fields().get("sec-websocket-key"));
            wire.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: " + answer + "\r\n\r\n");
            if (head.word(1).equals("/leave")) {
                return;
            }
            wire.echo();
            SEEN.add("end");
            return;
        }
    }

    private static Channel server(boolean takesConnect) {
        Http2Settings settings = Http2Settings.defaultSettings();
        if (takesConnect) {
            settings.connectProtocolEnabled(true);
        }
        return new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forServer()
                                                .initialSettings(settings)
                                                .validateHeaders(false)
                                                .build(),
                                        new Http2MultiplexHandler(new ChannelInitializer<>() {
                                            @Override
                                            protected void initChannel(Channel stream) {
                                                stream.pipeline().addLast(new FramedEcho());
                                            }
                                        }));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static final class FramedEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            switch (message) {
                case Http2HeadersFrame frame -> answer(context, frame.headers());
                case Http2DataFrame frame -> {
                    if (frame.isEndStream()) {
                        SEEN.add("end");
                    }
                    context.writeAndFlush(
                            new DefaultHttp2DataFrame(frame.content().retain(), frame.isEndStream()));
                    ReferenceCountUtil.release(frame);
                }
                default -> ReferenceCountUtil.release(message);
            }
        }

        private static void answer(ChannelHandlerContext context, Http2Headers head) {
            Http2Headers answer = new DefaultHttp2Headers().status("200");
            String path = String.valueOf(head.path());
            if (!String.valueOf(head.method()).equals("CONNECT")) {
                context.writeAndFlush(new DefaultHttp2HeadersFrame(answer, true));
                return;
            }
            SEEN.add("CONNECT " + path + " " + head.get(":protocol") + " version " + head.get("sec-websocket-version"));
            if (path.equals("/refused")) {
                answer.status("403").add("content-length", "2");
                context.write(new DefaultHttp2HeadersFrame(answer, false));
                context.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.copiedBuffer(new byte[] {'n', 'o'}), true));
                return;
            }
            context.writeAndFlush(new DefaultHttp2HeadersFrame(answer, false));
            if (path.equals("/leave")) {
                context.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof io.netty.handler.codec.http2.Http2ResetFrame) {
                SEEN.add("end");
            }
            ReferenceCountUtil.release(event);
        }
    }

    // ---- the pairings

    static Stream<Arguments> pairings() {
        return Stream.of(Speaking.H1, Speaking.H1_IN_CONNECT, Speaking.H2, Speaking.H2_IN_CONNECT)
                .flatMap(speaking -> Stream.of(
                        Arguments.of(speaking, Hop.AS_IT_CAME, Taking.H1),
                        Arguments.of(speaking, Hop.UPGRADED, Taking.H1),
                        Arguments.of(speaking, Hop.UPGRADED, Taking.H2)));
    }

    private static WebSocketClient client(Speaking speaking, String authority) throws Exception {
        InetSocketAddress proxy = frontend.outbound();
        return switch (speaking) {
            case H1_TLS, H2_TLS -> throw new IllegalArgumentException("no TLS to an outbound listener");
            case H1, H1_CLOSE -> new PlainWebSocket(PlainClient.plain(proxy), KEY);
            case H1_IN_CONNECT -> new PlainWebSocket(PlainClient.tunnel(proxy, authority), KEY);
            case H2 -> new FramedWebSocket(new FramedClient(loops, proxy, "http", (_, ready) -> ready.run()));
            case H2_IN_CONNECT ->
                new FramedWebSocket(new FramedClient(loops, proxy, "http", new FramedClient.Tunnel(authority)));
        };
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void bytesPassBothWaysOnceBothSidesAgree(Speaking speaking, Hop hop, Taking taking) throws Exception {
        String authority = service(taking, hop) + ":80";
        try (WebSocketClient client = client(speaking, authority)) {
            assertThat(client.open(authority, "/room")).isEqualTo(speaking.isHttp1() ? "101 " + ACCEPT : "200 null");
            assertThat(next())
                    .isEqualTo(
                            taking == Taking.H1
                                    ? "GET /room Upgrade version 13"
                                    : "CONNECT /room websocket version 13");
            for (int size : new int[] {1, 125, ECHOED}) {
                byte[] bytes = Payload.part(size, size);
                client.send(bytes);
                assertThat(client.receive(size)).isEqualTo(bytes);
            }
        }
        assertThat(next()).isEqualTo("end");
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void theApplicationEndsIt(Speaking speaking, Hop hop, Taking taking) throws Exception {
        String authority = service(taking, hop) + ":80";
        try (WebSocketClient client = client(speaking, authority)) {
            assertThat(client.open(authority, "/leave")).isEqualTo(speaking.isHttp1() ? "101 " + ACCEPT : "200 null");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void theApplicationRefusesIt(Speaking speaking, Hop hop, Taking taking) throws Exception {
        String authority = service(taking, hop) + ":80";
        try (WebSocketClient client = client(speaking, authority)) {
            assertThat(client.open(authority, "/refused")).isEqualTo("403 no");
        }
    }

    @Test
    void anApplicationThatTakesNoUpgradesOverHttp2IsNotAskedForOne() throws Exception {
        String authority = service(Taking.H2_WITHOUT_CONNECT, Hop.UPGRADED) + ":80";
        for (Speaking speaking : List.of(Speaking.H1, Speaking.H2)) {
            // Its settings are known from another request.
            assertThat(frontend.get("http://" + authority + "/").statusCode()).isEqualTo(200);
            try (WebSocketClient client = client(speaking, authority)) {
                assertThat(client.open(authority, "/room")).startsWith("502 ");
            }
        }
        assertThat(SEEN).isEmpty();
    }

    @Test
    void aWrongAnswerToTheProxysOwnKeyIsNoWebSocket() throws Exception {
        String authority = service(Taking.H1, Hop.UPGRADED) + ":80";
        try (WebSocketClient client = client(Speaking.H2, authority)) {
            assertThat(client.open(authority, "/wrong")).startsWith("502 ");
        }
    }

    private static String next() throws InterruptedException {
        String next = SEEN.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        return next == null ? "nothing" : next;
    }
}
