package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies larger than what anybody may hold. */
class StreamingTest {
    private static final int MIB = 1 << 20;
    private static final long LARGE = 100L * MIB;

    /** Of both proxies together, beside what the applications of this JVM hold. */
    private static final long MEMORY_BOUND = 64L * MIB;

    /** Buffers of the kernel on three connections, and of the proxies. */
    private static final long UNREAD_BOUND = 32L * MIB;

    private static TestMesh mesh;
    private static EchoApplication application;
    private static Sidecar frontend;
    private static final AtomicLong SENT = new AtomicLong();

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        application = mesh.keep(new EchoApplication("stream"));
        application.handle(StreamingTest::stream);
        mesh.sidecar("stream")
                .offers("plain", 80, application.port(), "http")
                .offers("upgraded", 80, application.port(), "http")
                .start();
        frontend = mesh.sidecar("frontend").start();
        mesh.apply(Documents.policy("upgraded", "protocolUpgrade: HTTP2"));
        frontend.awaitAnswer("http://plain/");
        frontend.awaitAnswer("http://upgraded/");
    }

    @AfterAll
    static void leave() {
        mesh.close();
    }

    private static void stream(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/echo" -> {
                exchange.sendResponseHeaders(200, LARGE);
                try (OutputStream out = exchange.getResponseBody()) {
                    exchange.getRequestBody().transferTo(out);
                }
            }
            case "/endless" -> {
                exchange.sendResponseHeaders(200, 0);
                byte[] bytes = new byte[16_384];
                while (true) {
                    exchange.getResponseBody().write(bytes);
                    SENT.addAndGet(bytes.length);
                }
            }
            case "/deaf" -> {
                try {
                    new CompletableFuture<Void>().get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
                } catch (Exception e) {
                    exchange.close();
                }
            }
            default -> EchoApplication.echo(exchange);
        }
    }

    @Test
    void aHundredMegabytesPassBothWaysAtOnce() throws Exception {
        echo("plain");
    }

    @Test
    void aHundredMegabytesPassBothWaysAtOnceOverHttp2() throws Exception {
        echo("upgraded");
    }

    private static void echo(String service) throws Exception {
        long before = directMemory();
        long most = 0;
        try (Socket socket = connect()) {
            RawApplication.write(
                    socket, "POST /echo HTTP/1.1\r\nHost: " + service + "\r\nContent-Length: " + LARGE + "\r\n\r\n");
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(() -> send(socket, LARGE));
            InputStream in = socket.getInputStream();
            assertThat(RawApplication.head(in)).startsWith("HTTP/1.1 200 ");
            CRC32 received = new CRC32();
            byte[] buffer = new byte[65_536];
            for (long left = LARGE; left > 0; ) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                assertThat(read).as("%d bytes are missing", left).isPositive();
                received.update(buffer, 0, read);
                left -= read;
                most = Math.max(most, directMemory() - before);
            }
            assertThat(received.getValue()).isEqualTo(sent.get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS));
        }
        assertThat(most).as("growth of direct memory").isLessThan(MEMORY_BOUND);
    }

    /** Sends bytes of which no two blocks are equal; their checksum. */
    private static long send(Socket socket, long count) {
        CRC32 sum = new CRC32();
        byte[] block = new byte[65_536];
        try {
            for (long sent = 0; sent < count; sent += block.length) {
                for (int i = 0; i < block.length; i += 64) {
                    block[i] = (byte) (sent >> 16);
                    block[i + 1] = (byte) (sent >> 24);
                    block[i + 2] = (byte) (i >> 6);
                }
                socket.getOutputStream().write(block);
                sum.update(block);
                SENT.addAndGet(block.length);
            }
        } catch (IOException e) {
            return -1;
        }
        return sum.getValue();
    }

    @Test
    void anApplicationIsNotReadFasterThanItsClientReads() throws Exception {
        slowReader("plain");
    }

    @Test
    void anApplicationIsNotReadFasterThanItsClientReadsOverHttp2() throws Exception {
        slowReader("upgraded");
    }

    private static void slowReader(String service) throws Exception {
        SENT.set(0);
        long before = directMemory();
        try (Socket socket = connect()) {
            RawApplication.write(socket, "GET /endless HTTP/1.1\r\nHost: " + service + "\r\n\r\n");
            assertThat(RawApplication.head(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            awaitStall();
            long stalledAt = SENT.get();
            assertThat(stalledAt).isLessThan(UNREAD_BOUND);
            assertThat(directMemory() - before).isLessThan(MEMORY_BOUND);
            // It goes on where it stopped.
            socket.getInputStream().skipNBytes(stalledAt);
            await().atMost(TestMesh.BOUND).until(() -> SENT.get() > stalledAt);
        }
    }

    @Test
    void aClientIsNotReadFasterThanTheApplicationReads() throws Exception {
        slowApplication("plain");
    }

    @Test
    void aClientIsNotReadFasterThanTheApplicationReadsOverHttp2() throws Exception {
        slowApplication("upgraded");
    }

    private static void slowApplication(String service) throws Exception {
        SENT.set(0);
        long before = directMemory();
        try (Socket socket = connect()) {
            RawApplication.write(
                    socket, "POST /deaf HTTP/1.1\r\nHost: " + service + "\r\nContent-Length: " + LARGE + "\r\n\r\n");
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(() -> send(socket, LARGE));
            awaitStall();
            assertThat(SENT.get()).isLessThan(UNREAD_BOUND);
            assertThat(directMemory() - before).isLessThan(MEMORY_BOUND);
            assertThat(sent).isNotDone();
        }
    }

    @Test
    void requestsShareAConnectionWhereThePolicyAsksForHttp2() throws Exception {
        assertThat(connectionsOfFourRequests("upgraded")).isEqualTo(1);
        assertThat(connectionsOfFourRequests("plain")).isGreaterThanOrEqualTo(4);
    }

    /** Between the proxies, while the requests run. */
    private static long connectionsOfFourRequests(String service) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Socket socket = connect();
                sockets.add(socket);
                RawApplication.write(socket, "GET /endless HTTP/1.1\r\nHost: " + service + "\r\n\r\n");
                assertThat(RawApplication.head(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            }
            return mesh.get("/proxies/frontend/clusters")
                    .asString()
                    .lines()
                    .filter(line ->
                            line.startsWith("service/shop/" + service + "/80::") && line.contains("::cx_active::"))
                    .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(':') + 1)))
                    .sum();
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Returns when nothing more was sent for a while. */
    private static void awaitStall() {
        AtomicLong seen = new AtomicLong(-1);
        await().atMost(TestMesh.BOUND)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> SENT.get() > 0 && seen.getAndSet(SENT.get()) == SENT.get());
    }

    private static Socket connect() throws IOException {
        Socket socket =
                new Socket(frontend.outbound().getAddress(), frontend.outbound().getPort());
        socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
        return socket;
    }

    private static long directMemory() {
        long used = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
        assertThat(used).as("the allocator's own count").isNotNegative();
        return used;
    }
}
