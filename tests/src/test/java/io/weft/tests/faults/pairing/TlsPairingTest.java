package io.weft.tests.faults.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.weft.proxy.Proxy;
import io.weft.proxy.ProxyOptions;
import io.weft.tests.differential.TestCertificates;
import io.weft.tests.faults.pairing.Pairing.Hop;
import io.weft.tests.faults.pairing.Pairing.Speaking;
import io.weft.tests.faults.pairing.Pairing.Spoken;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS from the client and to the application too, through two proxies that a file configures; versions are chosen by ALPN. */
class TlsPairingTest {
    private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

    private static EventLoopGroup loops;
    private static TestCertificates certificates;
    private static Application http1;
    private static Application http2;
    private static InetSocketAddress front;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        certificates = new TestCertificates(Files.createDirectories(directory.resolve("certificates")));
        http1 = keep(new PlainApplication(
                Shape.small(), true, certificates.upstream().getServerSocketFactory()));
        http2 = keep(new FramedApplication(Shape.small(), loops, serverContext()));
        Map<String, String> values = new HashMap<>(Map.of(
                "certs", certificates.folder().toString(),
                "h1", Integer.toString(http1.port()),
                "h2", Integer.toString(http2.port())));
        for (String name : new String[] {"front", "frontAdmin", "back", "backAdmin"}) {
            values.put(name, Integer.toString(freePort()));
        }
        start("back", directory, values);
        start("front", directory, values);
        front = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(values.get("front")));
    }

    private static SslContext serverContext() throws IOException {
        return SslContextBuilder.forServer(
                        certificates.folder().resolve("upstream.pem").toFile(),
                        certificates.folder().resolve("upstream.key").toFile())
                .sslProvider(SslProvider.JDK)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build();
    }

    private static void start(String name, Path directory, Map<String, String> values) throws Exception {
        String text = Files.readString(resource("/pairing/" + name + ".yaml"));
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("${" + value.getKey() + "}", value.getValue());
        }
        Path bootstrap = Files.writeString(directory.resolve(name + ".yaml"), text);
        Proxy proxy = keep(Proxy.start(new ProxyOptions(
                bootstrap, null, directory.resolve(name), Sidecar.TRANSPORT, 1, Duration.ofSeconds(1))));
        await().atMost(TestMesh.BOUND).until(proxy::isReady);
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(TlsPairingTest.class.getResource(name).toURI());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static <T extends AutoCloseable> T keep(T opened) {
        OPEN.push(opened);
        return opened;
    }

    @AfterAll
    static void stop() throws Exception {
        while (!OPEN.isEmpty()) {
            OPEN.pop().close();
        }
        loops.shutdownGracefully().syncUninterruptibly();
    }

    static Stream<Pairing> pairings() {
        return Stream.of(Speaking.H1_TLS, Speaking.H2_TLS)
                .flatMap(speaking -> Stream.of(Hop.values())
                        .flatMap(hop -> Stream.of(Spoken.H1_TLS, Spoken.H2_TLS)
                                .map(spoken -> new Pairing(speaking, hop, spoken))));
    }

    private static Client client(Speaking speaking) throws Exception {
        if (speaking.isHttp1()) {
            return new PlainClient(TlsPairingTest::socket, true);
        }
        SslContext context = certificates.http2Client(null);
        return new FramedClient(loops, front, "https", (channel, ready) -> {
            SslHandler handler = context.newHandler(channel.alloc());
            channel.pipeline().addLast(handler);
            handler.handshakeFuture().addListener(done -> {
                if (done.isSuccess() && ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
                    ready.run();
                } else {
                    channel.close();
                }
            });
        });
    }

    private static Socket socket() throws IOException {
        try {
            SSLSocket socket = (SSLSocket)
                    certificates.client(null).getSocketFactory().createSocket(front.getAddress(), front.getPort());
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {ApplicationProtocolNames.HTTP_1_1});
            socket.setSSLParameters(parameters);
            socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
            return socket;
        } catch (java.security.GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void bothSidesSeeWhatTheOtherSent(Pairing pairing) throws Exception {
        String authority = (pairing.spoken() + "-" + pairing.hop())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-') + ".example";
        Application application = pairing.spoken().isHttp1() ? http1 : http2;
        try (Client client = client(pairing.speaking())) {
            assertThat(pairing.exchange(Shape.small(), client, application, authority))
                    .isEmpty();
        }
    }
}
