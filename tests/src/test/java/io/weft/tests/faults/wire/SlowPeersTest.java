package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that send a little and wait, or take nothing of what they asked for: they are given up in time, and hold little memory until then. */
class SlowPeersTest {
    private static final Duration SLOWEST = Duration.ofSeconds(5);

    private static Upstream upstream;
    private static StaticProxy proxy;
    private static int threads;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Neighbour neighbour;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        upstream = new Upstream();
        proxy = StaticProxy.plan(directory, upstream).start();
        try (Wire client = new Wire(proxy.http())) {
            assertThat(client.get("/ok?first").status()).isEqualTo(200);
        }
        threads = proxy.threads();
    }

    @AfterAll
    static void end() throws Exception {
        try {
            proxy.witness().assertAgree();
        } finally {
            proxy.close();
        }
        upstream.close();
    }

    @BeforeEach
    void beginNeighbour() {
        neighbour = new Neighbour(proxy);
    }

    @AfterEach
    void endNeighbour() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        try (Neighbour ended = neighbour) {
            assertThat(proxy.isAlive()).as(proxy::logText).isTrue();
            ended.assertUndisturbed(SLOWEST);
        }
        assertThat(proxy.threads()).isLessThanOrEqualTo(threads + 6);
        assertThat(proxy.logText()).doesNotContain("OutOfMemory", "OutOfDirectMemory", "LEAK");
    }

    /** For lack of bytes, or of memory to wait for them. */
    private static void assertGivenUp(String path, int count) throws IOException {
        Map<String, Long> flags = proxy.lines(path).stream()
                .collect(Collectors.groupingBy(line -> line.path("flags").asString(), Collectors.counting()));
        assertThat(flags.keySet()).isSubsetOf("SI", "OM");
        assertThat(flags.values().stream().mapToLong(Long::longValue).sum())
                .as("%s; lines of the log dropped: %s", flags, proxy.metric("weft_access_log_dropped_total"))
                .isEqualTo(count);
    }

    /** Of connections that broke the protocol before there was a request. */
    private static void awaitLines(int count, String details) {
        await().atMost(StaticProxy.BOUND)
                .untilAsserted(() -> assertThat(proxy.allLines())
                        .filteredOn(line -> line.path("details").asString("").contains(details)
                                && line.path("flags").asString("").equals("DPE")
                                && line.path("path").asString("-").equals("-"))
                        .hasSize(count));
    }

    private Wire client() throws IOException {
        Wire client = new Wire(proxy.http(), 4096);
        open.add(client);
        return client;
    }

    private Http2Wire http2(int windowBytes) throws IOException {
        Http2Wire client = new Http2Wire(proxy.http(), windowBytes);
        open.add(client);
        return client;
    }

    @Test
    void headsThatTrickleInAreRefused() throws Exception {
        long before = proxy.metric("weft_requests_total", "response_code=\"408\"");
        List<Wire> clients = new ArrayList<>();
        for (int i = 0; i < Counts.of(2000); i++) {
            clients.add(client().send("GET /slow HTTP/1.1\r\nhost: shop\r\nx-slow"));
        }
        List<Reply> replies = new ArrayList<>();
        for (Wire client : clients) {
            client.trySend("er: 1\r\nx".getBytes(StandardCharsets.US_ASCII));
            replies.add(client.reply());
            assertThat(client.readAll()).isIn("", "RESET");
        }
        assertThat(replies).allMatch(reply -> reply.status() == 408);
        proxy.witness().assertTold(replies);
        assertThat(proxy.metric("weft_requests_total", "response_code=\"408\"", "response_flags=\"DPE\""))
                .isEqualTo(before + clients.size());
    }

    @Test
    void bodiesThatStopComingAreRefusedAndNotKept() throws Exception {
        List<Wire> clients = new ArrayList<>();
        byte[] most = new byte[59_000];
        for (int i = 0; i < Counts.of(3000); i++) {
            clients.add(
                    client().send("PUT /retried/ok?slow-body HTTP/1.1\r\nhost: shop\r\ncontent-length: 60000\r\n\r\n")
                            .send(most));
        }
        List<Reply> replies = new ArrayList<>();
        for (Wire client : clients) {
            replies.add(Reply.of(client.head()));
        }
        assertThat(replies).allMatch(reply -> reply.status() == 408);
        proxy.witness().assertTold(replies);
        await().atMost(StaticProxy.BOUND)
                .untilAsserted(() -> assertThat(proxy.lines("/retried/ok?slow-body"))
                        .hasSize(clients.size())
                        .allSatisfy(line ->
                                assertThat(line.path("flags").asString()).isEqualTo("SI")));
    }

    /** Each byte a packet, so each a read of the proxy's: together they must not hold as many read buffers. */
    @Test
    void bodiesOfSingleBytesAreKeptAsBytes() throws Exception {
        int bytes = 30_000;
        for (int i = 0; i < 4; i++) {
            Wire client =
                    client().send("PUT /retried/hang?single HTTP/1.1\r\nhost: shop\r\ncontent-length: 60000\r\n\r\n");
            for (int sent = 0; sent < bytes; sent++) {
                client.send(new byte[1]);
            }
        }
        assertThat(proxy.metric("weft_buffer_bytes")).isLessThan(48L * 1024 * 1024);
    }

    @Test
    void clientsThatNeverReadAreGivenUp() throws Exception {
        int count = Counts.of(3000);
        for (int i = 0; i < count; i++) {
            client().get("/big/50000000?never");
        }
        await().atMost(StaticProxy.BOUND).untilAsserted(() -> assertGivenUp("/big/50000000?never", count));
    }

    /** Small responses, which end each before the client would have to read: they must not pile up either. */
    @Test
    void aClientThatPipelinesAndNeverReadsGetsNoFurtherResponses() throws Exception {
        int before = upstream.requests();
        byte[] many = "GET /big/20000?pipelined HTTP/1.1\r\nhost: shop\r\n\r\n"
                .repeat(1000)
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 20; i++) {
            Wire client = client();
            Thread.ofVirtual().start(() -> {
                while (client.trySend(many)) {}
            });
        }
        await().atMost(StaticProxy.BOUND).until(() -> upstream.requests() > before + 100);
        await().during(Duration.ofMillis(500))
                .atMost(StaticProxy.BOUND)
                .untilAsserted(
                        () -> assertThat(proxy.metric("weft_buffer_bytes")).isLessThan(50L * 1024 * 1024));
        // Of each client: what fits into the sockets' buffers and the proxy's.
        assertThat(upstream.requests() - before).isLessThan(20 * 400);
    }

    @Test
    void stalledWindowsOfHttp2AreGivenUp() throws Exception {
        int count = Counts.of(400);
        int streams = 50;
        for (int i = 0; i < count; i++) {
            Http2Wire client = http2(0);
            for (int stream = 1; stream < 2 * streams; stream += 2) {
                client.get(stream, "/big/100000?stalled");
            }
        }
        await().atMost(StaticProxy.BOUND).untilAsserted(() -> assertGivenUp("/big/100000?stalled", count * streams));
        Http2Wire last = (Http2Wire) open.getLast();
        assertThat(last.await(Http2Wire.RST_STREAM)).isNotNull();
    }

    @Test
    void headersOfHttp2ThatTrickleInCloseTheConnection() throws Exception {
        List<Http2Wire> clients = new ArrayList<>();
        for (int i = 0; i < Counts.of(200); i++) {
            Http2Wire client = http2(65_535);
            // A header block that goes on in a CONTINUATION which never comes, and half a frame.
            client.send(Http2Wire.HEADERS, Http2Wire.END_STREAM, 1, Http2Wire.head("GET", "/ok?half"));
            clients.add(client);
            Http2Wire other = http2(65_535);
            byte[] frame = Http2Wire.frame(Http2Wire.HEADERS, 5, 1, Http2Wire.head("GET", "/ok?half"));
            other.wire().send(java.util.Arrays.copyOf(frame, frame.length - 3));
            clients.add(other);
        }
        for (Http2Wire client : clients) {
            client.wire().readAll();
        }
        awaitLines(clients.size(), "longer than a head's time");
    }

    @Test
    void pingsWhoseAnswersNobodyReadsEndTheConnection() throws Exception {
        byte[] pings = new byte[17 * 1000];
        byte[] ping = Http2Wire.frame(Http2Wire.PING, 0, 0, new byte[8]);
        for (int i = 0; i < 1000; i++) {
            System.arraycopy(ping, 0, pings, i * ping.length, ping.length);
        }
        Http2Wire client = http2(65_535);
        int sent = 0;
        while (client.wire().trySend(pings)) {
            assertThat(++sent).as("thousands of pings without an end").isLessThan(100_000);
        }
        awaitLines(1, "frames that carry nothing");
    }

    /** An endpoint that takes nothing of large bodies. */
    @Test
    void uploadsToADeafEndpointAreBounded() throws Exception {
        int count = Counts.of(1000);
        for (int i = 0; i < count; i++) {
            Wire client =
                    client().send("POST /deaf?upload HTTP/1.1\r\nhost: shop\r\ncontent-length: 100000000\r\n\r\n");
            Thread.ofVirtual().start(() -> {
                while (client.trySend(new byte[16 * 1024])) {}
            });
        }
        await().atMost(StaticProxy.BOUND).untilAsserted(() -> assertGivenUp("/deaf?upload", count));
    }
}
