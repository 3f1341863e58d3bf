package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Either side leaves, at each moment of a request: the other hears of it, and the record says who it was. */
class ResetsTest {
    private static Upstream upstream;
    private static StaticProxy proxy;
    private static Neighbour neighbour;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        upstream = new Upstream();
        proxy = StaticProxy.plan(directory, upstream).start();
        neighbour = new Neighbour(proxy);
    }

    @AfterAll
    static void end() throws Exception {
        try {
            neighbour.assertUndisturbed(Duration.ofSeconds(5));
            proxy.witness().assertAgree();
        } finally {
            neighbour.close();
            proxy.close();
            upstream.close();
        }
    }

    /**
     * @param path what the endpoint does
     * @param response how what the client gets begins
     * @param end how it ends
     */
    record Endpoint(String path, String response, String end, int status, String flags) {
        @Override
        public String toString() {
            return path;
        }
    }

    static Stream<Endpoint> endpoints() {
        String unavailable = "HTTP/1.1 503 Service Unavailable";
        String ok = "HTTP/1.1 200 OK";
        return Stream.of(
                new Endpoint("/close/before-head", unavailable, "connection termination", 503, "UC"),
                new Endpoint("/reset/before-head", unavailable, "connection termination", 503, "UC"),
                new Endpoint("/retried/close", ok, "ok", 200, "-"),
                new Endpoint("/close/in-head", unavailable, "connection termination", 503, "UC"),
                new Endpoint("/reset/in-head", unavailable, "connection termination", 503, "UC"),
                new Endpoint("/close/in-body", ok, "abc", 200, "UC"),
                new Endpoint("/reset/in-body", ok, "abc", 200, "UC"),
                new Endpoint("/close/in-chunks", ok, "3\r\nabc\r\n", 200, "UC"),
                new Endpoint("/reset/in-chunks", ok, "3\r\nabc\r\n", 200, "UC"),
                new Endpoint("/large/head", "HTTP/1.1 502 Bad Gateway", "protocol error", 502, "UPE"),
                new Endpoint("/large/trailers", ok, "3\r\nabc\r\n", 200, "UPE"));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void anEndpointThatLeavesIsTold(Endpoint endpoint) throws Exception {
        String path = endpoint.path + "?one";
        try (Wire client = new Wire(proxy.http())) {
            client.send("GET " + path + " HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
            String response = client.readAll();
            assertThat(response).startsWith(endpoint.response);
            assertThat(response.replace("RESET", "")).endsWith(endpoint.end);
            if (endpoint.status != 200) {
                proxy.witness().assertTold(Reply.of(response));
            }
        }
        JsonNode record = proxy.record(path);
        assertThat(record.path("status").asInt()).as(record.toString()).isEqualTo(endpoint.status);
        assertThat(record.path("flags").asString()).as(record.toString()).isEqualTo(endpoint.flags);
    }

    @Test
    void aClientThatLeavesWithinItsBodyIsTold() throws Exception {
        try (Wire client = new Wire(proxy.http())) {
            client.send("POST /hang?within HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\n0123456789");
            client.reset();
        }
        assertLeft("/hang?within", 0);
    }

    @Test
    void aClientThatLeavesAfterItsRequestIsTold() throws Exception {
        try (Wire client = new Wire(proxy.http())) {
            client.get("/hang?after");
            client.reset();
        }
        assertLeft("/hang?after", 0);
    }

    @Test
    void aClientThatLeavesWithinTheResponseIsTold() throws Exception {
        try (Wire client = new Wire(proxy.http())) {
            client.get("/big/50000000?response");
            client.read(1000);
            client.reset();
        }
        assertLeft("/big/50000000?response", 200);
    }

    private static void assertLeft(String path, int status) {
        JsonNode record = proxy.record(path);
        assertThat(record.path("flags").asString()).as(record.toString()).isEqualTo("DC");
        assertThat(record.path("status").asInt()).as(record.toString()).isEqualTo(status);
    }

    @Test
    void clientsThatLeaveBeforeTheirHeadIsWholeLeaveNothing() throws Exception {
        int before = proxy.openDescriptors();
        for (String begun : new String[] {"", "G", "GET / HTTP/1.1\r\nho", "PRI * HTTP/2.0\r\n"}) {
            for (int i = 0; i < 20; i++) {
                new Wire(proxy.http()).send(begun).reset();
            }
        }
        org.awaitility.Awaitility.await().atMost(StaticProxy.BOUND).until(() -> proxy.openDescriptors() <= before + 5);
    }

    @Test
    void aResponseBeforeTheRequestsEndReachesTheClient() throws Exception {
        try (Wire client = new Wire(proxy.http())) {
            client.send("POST /early?one HTTP/1.1\r\nhost: shop\r\ncontent-length: 100000000\r\n\r\n0123");
            assertThat(client.head()).startsWith("HTTP/1.1 413").contains("connection: close");
            assertThat(client.read(5)).asString().isEqualTo("early");
            // Closed within the time that a client has to read it.
            long began = System.nanoTime();
            while (client.trySend(new byte[64 * 1024])) {
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            }
        }
        assertThat(proxy.record("/early?one").path("status").asInt()).isEqualTo(413);
    }

    @Test
    void headsAndTrailersOfClientsAreBounded() throws Exception {
        try (Wire client = new Wire(proxy.http())) {
            client.trySend(("GET /ok HTTP/1.1\r\nhost: shop\r\nx-filler: " + "a".repeat(100_000) + "\r\n\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            Reply refused = client.reply();
            assertThat(refused.status()).isEqualTo(431);
            proxy.witness().assertTold(refused);
        }
        try (Wire client = new Wire(proxy.http())) {
            client.send(
                    "POST /ok?trailers HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n");
            client.trySend(("x-filler: " + "a".repeat(100_000) + "\r\n\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            Reply refused = client.reply();
            assertThat(refused.status()).isIn(400, 431);
            proxy.witness().assertTold(refused);
        }
        assertThat(proxy.record("/ok?trailers").path("flags").asString()).contains("DPE");
    }
}
