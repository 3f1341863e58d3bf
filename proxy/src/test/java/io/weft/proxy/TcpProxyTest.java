package io.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.internal.PlatformDependent;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.transport.TransportKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes through a proxy on real sockets: plain, and through two of its listeners with mutual TLS between them. */
class TcpProxyTest {
    private static final String PLAIN = "plain";
    private static final String MTLS = "mtls";

    /** More than buffers of any size hold, and not a multiple of them. */
    private static final int BYTES = 1_000_003;

    /** What one side tries to send while the other takes nothing: more than the kernel keeps. */
    private static final int FAR_TOO_MANY_BYTES = 256 << 20;

    private static final int SMALL_BUFFER_BYTES = 64 * 1024;

    /** Reads and what waits for the other side, both ways, with Netty's own chunks around them. */
    private static final long MOST_HELD_BYTES = 8 << 20;

    private static Path log;
    private static ServerSocket application;
    private static ServerSocket silent;
    private static final List<Socket> FILLING = new ArrayList<>();
    private static int admin;
    private static Proxy proxy;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        log = directory.resolve("access.log");
        application = new ServerSocket();
        application.setReceiveBufferSize(SMALL_BUFFER_BYTES);
        application.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        // Whose line of connections is full answers no further one.
        for (int i = 0; i < 2; i++) {
            FILLING.add(new Socket(silent.getInetAddress(), silent.getLocalPort()));
        }
        admin = freePort();
        Path bootstrap = Files.writeString(directory.resolve("bootstrap.yaml"), bootstrap(directory));
        proxy = Proxy.start(new ProxyOptions(
                bootstrap, null, directory.resolve("state"), TransportKind.EPOLL, 1, Duration.ofSeconds(1)));
        await().until(proxy::isReady);
    }

    @AfterAll
    static void stop() throws Exception {
        proxy.close();
        application.close();
        silent.close();
        for (Socket each : FILLING) {
            each.close();
        }
    }

    /** The two ends of a connection through the proxy. */
    private record Ends(Socket client, Socket server) implements AutoCloseable {
        static Ends of(String listener) throws IOException {
            SocketChannel client = SocketChannel.open();
            client.socket().setReceiveBufferSize(SMALL_BUFFER_BYTES);
            client.connect(Objects.requireNonNull(proxy.addresses().get(listener)));
            Socket server = application.accept();
            client.socket().setSoTimeout(10_000);
            server.setSoTimeout(10_000);
            return new Ends(client.socket(), server);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, MTLS})
    void whenTheClientHasSentItsLastByteTheServersBytesStillArrive(String listener) throws Exception {
        try (Ends ends = Ends.of(listener)) {
            oneEndsAndTheOtherGoesOn(ends.client(), ends.server());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, MTLS})
    void whenTheServerHasSentItsLastByteTheClientsBytesStillArrive(String listener) throws Exception {
        try (Ends ends = Ends.of(listener)) {
            oneEndsAndTheOtherGoesOn(ends.server(), ends.client());
        }
    }

    private static void oneEndsAndTheOtherGoesOn(Socket first, Socket second) throws Exception {
        byte[] one = bytes(1);
        byte[] other = bytes(2);
        CompletableFuture<Void> sent = send(first, one);
        assertThat(Arrays.equals(second.getInputStream().readAllBytes(), one)).isTrue();
        sent.join();
        sent = send(second, other);
        assertThat(Arrays.equals(first.getInputStream().readAllBytes(), other)).isTrue();
        sent.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, MTLS})
    void whatIsLeftWhenBothSidesHaveEndedReachesASlowReader(String listener) throws Exception {
        try (Ends ends = Ends.of(listener)) {
            byte[] all = bytes(3);
            ends.client().shutdownOutput();
            ends.server().getOutputStream().write(all);
            ends.server().close();
            String cluster = listener.equals(MTLS) ? "between" : PLAIN;
            await().until(() -> linesOf(cluster).contains(cluster + " - 0 " + BYTES));
            assertThat(Arrays.equals(ends.client().getInputStream().readAllBytes(), all))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, MTLS})
    void whoTakesNothingStopsWhoSendsAndHoldsABoundedAmount(String listener) throws Exception {
        try (Ends ends = Ends.of(listener)) {
            oneTakesNothing(Objects.requireNonNull(ends.client().getChannel()), ends.server());
        }
    }

    @Test
    void aClientThatTakesNothingStopsTheServer() throws Exception {
        try (Ends ends = Ends.of(PLAIN)) {
            long before = PlatformDependent.usedDirectMemory();
            long[] sent = new long[1];
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    byte[] piece = new byte[SMALL_BUFFER_BYTES];
                    while (sent[0] < FAR_TOO_MANY_BYTES) {
                        ends.server().getOutputStream().write(piece);
                        sent[0] += piece.length;
                    }
                } catch (IOException e) {
                    // As it should: the client ends without having read.
                }
            });
            await().during(Duration.ofMillis(300)).until(new Stable(() -> sent[0]));
            assertThat(sending).isNotDone();
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(MOST_HELD_BYTES);
            ends.client().close();
            sending.join();
        }
    }

    private static void oneTakesNothing(SocketChannel from, Socket to) throws Exception {
        long before = PlatformDependent.usedDirectMemory();
        from.configureBlocking(false);
        ByteBuffer piece = ByteBuffer.allocateDirect(SMALL_BUFFER_BYTES);
        long[] sent = new long[1];
        await().during(Duration.ofMillis(300)).until(new Stable(() -> {
            for (int count = 1; count > 0 && sent[0] < FAR_TOO_MANY_BYTES; ) {
                count = from.write(piece.clear());
                sent[0] += count;
            }
            return sent[0];
        }));
        assertThat(sent[0]).isLessThan(FAR_TOO_MANY_BYTES);
        assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(MOST_HELD_BYTES);

        // It takes them after all: nothing was lost.
        from.shutdownOutput();
        long taken = 0;
        byte[] into = new byte[1 << 20];
        for (int count = 0; count >= 0; count = to.getInputStream().read(into)) {
            taken += count;
        }
        assertThat(taken).isEqualTo(sent[0]);
    }

    /** Whether a number is what it was when it was last asked for. */
    private static final class Stable implements Callable<Boolean> {
        private final Callable<Long> number;
        private long last = -1;

        Stable(Callable<Long> number) {
            this.number = number;
        }

        @Override
        public Boolean call() throws Exception {
            long now = number.call();
            boolean stable = now == last && now > 0;
            last = now;
            return stable;
        }
    }

    @Test
    void aConnectionWithoutAByteForItsIdleTimeoutEnds() throws Exception {
        try (Ends ends = Ends.of("idle")) {
            ends.client().getOutputStream().write(1);
            assertThat(ends.server().getInputStream().read()).isEqualTo(1);
            assertThat(ends.client().getInputStream().read()).isEqualTo(-1);
            assertThat(ends.server().getInputStream().read()).isEqualTo(-1);
        }
        assertThat(logged("idle")).isEqualTo("idle SI 1 0");
    }

    @Test
    void anEndpointThatDoesNotAnswerIsGivenUpAfterTheConnectTimeout() throws Exception {
        InetSocketAddress address = Objects.requireNonNull(proxy.addresses().get("silent"));
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.setSoTimeout(10_000);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(logged("-")).isEqualTo("- UF 0 0");
    }

    @Test
    void bytesAreCountedWhileAConnectionIsOpenAndLoggedAtItsEnd() throws Exception {
        try (Ends ends = Ends.of("counted")) {
            ends.client().getOutputStream().write(new byte[1000]);
            ends.server().getInputStream().readNBytes(1000);
            ends.server().getOutputStream().write(new byte[2000]);
            ends.client().getInputStream().readNBytes(2000);
            await().until(() -> counted("weft_tcp_received_bytes_total") == 2000);
            assertThat(counted("weft_tcp_sent_bytes_total")).isEqualTo(1000);
            assertThat(counted("weft_tcp_connections_opened_total")).isOne();
            assertThat(counted("weft_tcp_connections_closed_total")).isZero();
            ends.client().getOutputStream().write(7);
        }
        assertThat(logged("counted")).isEqualTo("counted - 1001 2000");
        assertThat(counted("weft_tcp_sent_bytes_total")).isEqualTo(1001);
        assertThat(counted("weft_tcp_received_bytes_total")).isEqualTo(2000);
        assertThat(counted("weft_tcp_connections_closed_total")).isOne();
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static CompletableFuture<Void> send(Socket socket, byte[] bytes) {
        return CompletableFuture.runAsync(() -> {
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String logged(String cluster) {
        return await().until(() -> linesOf(cluster), found -> !found.isEmpty()).getLast();
    }

    private static List<String> linesOf(String cluster) throws IOException {
        return Files.exists(log)
                ? Files.readAllLines(log).stream()
                        .filter(line -> line.startsWith(cluster + " "))
                        .toList()
                : List.of();
    }

    private static long counted(String name) throws IOException {
        try (var body =
                URI.create("http://127.0.0.1:" + admin + "/metrics").toURL().openStream()) {
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return Pattern.compile("^" + name + "\\{.*\"counted\".*} (\\d+)$", Pattern.MULTILINE)
                    .matcher(text)
                    .results()
                    .mapToLong(found -> Long.parseLong(found.group(1)))
                    .sum();
        }
    }

    private static int freePort() throws IOException {
        try (Socket free = new Socket()) {
            free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return free.getLocalPort();
        }
    }

    private static String bootstrap(Path directory) throws Exception {
        TestAuthority authority = new TestAuthority("example.org");
        KeyPair key = TestAuthority.newKey();
        X509Certificate own = authority.issue(new Leaf("spiffe://example.org/ns/shop/sa/cart"), key);
        pem(directory.resolve("own.pem"), "CERTIFICATE", own.getEncoded());
        pem(directory.resolve("key.pem"), "PRIVATE KEY", key.getPrivate().getEncoded());
        pem(directory.resolve("root.pem"), "CERTIFICATE", authority.root().getEncoded());
        try (var template = Objects.requireNonNull(TcpProxyTest.class.getResourceAsStream("tcp-proxy.yaml"))) {
            return new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@directory@", directory.toString())
                    .replace("@admin@", Integer.toString(admin))
                    .replace("@between@", Integer.toString(freePort()))
                    .replace("@application@", Integer.toString(application.getLocalPort()))
                    .replace("@silent@", Integer.toString(silent.getLocalPort()));
        }
    }

    private static void pem(Path file, String label, byte[] der) throws IOException {
        String encoded = Base64.getMimeEncoder().encodeToString(der);
        Files.writeString(file, "-----BEGIN " + label + "-----\n" + encoded + "\n-----END " + label + "-----\n");
    }
}
