package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Bytes that are carried, not read: they end half by half, are counted, and never lead back to the proxy itself. */
class TunnelsTest {
    private static Upstream upstream;
    private static StaticProxy proxy;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        upstream = new Upstream();
        proxy = StaticProxy.plan(directory, upstream).start();
    }

    @AfterAll
    static void end() throws Exception {
        proxy.close();
        upstream.close();
    }

    /** All at once: the end is there before there is an endpoint. */
    @Test
    void aClientThatHasSentItsLastByteStillGetsTheAnswer() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (Wire client = new Wire(proxy.tcp())) {
                assertThat(client.send("Echo after the end " + i).end().readAll())
                        .isEqualTo("Echo after the end " + i);
            }
        }
    }

    @Test
    void bytesAndConnectionsAreCountedAndLogged() throws Exception {
        long opened = proxy.metric("weft_tcp_connections_opened_total");
        long closed = proxy.metric("weft_tcp_connections_closed_total");
        long sent = proxy.metric("weft_tcp_sent_bytes_total");
        try (Wire client = new Wire(proxy.tcp())) {
            assertThat(client.send("B1234").read(5)).asString().isEqualTo("B1234");
            assertThat(proxy.metric("weft_tcp_connections_opened_total")).isEqualTo(opened + 1);
            client.end().readAll();
        }
        await().atMost(StaticProxy.BOUND).until(() -> proxy.metric("weft_tcp_connections_closed_total") == closed + 1);
        assertThat(proxy.metric("weft_tcp_sent_bytes_total")).isEqualTo(sent + 5);
        JsonNode line = awaitTcpLine("sent", "5");
        assertThat(line.path("received").asInt()).isEqualTo(5);
        assertThat(line.path("flags").asString()).isEqualTo("-");
    }

    @Test
    void aSilentConnectionEndsWithItsFlag() throws Exception {
        try (Wire client = new Wire(proxy.tcp())) {
            assertThat(client.send("B").read(1)).asString().isEqualTo("B");
            assertThat(client.readAll()).isIn("", "RESET");
        }
        assertThat(awaitTcpLine("flags", "SI").path("sent").asInt()).isEqualTo(1);
    }

    /** Lines of other tests may still come. */
    private static JsonNode awaitTcpLine(String field, String value) {
        return await().atMost(StaticProxy.BOUND)
                .until(
                        () -> proxy.allLines().stream()
                                .filter(line ->
                                        line.path("protocol").asString("").equals("TCP")
                                                && line.path(field).asString("").equals(value))
                                .toList(),
                        lines -> !lines.isEmpty())
                .getFirst();
    }

    /** Other spellings of this machine's own address too. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"})
    void theProxysOwnPortsAreNotReachedThroughIt(String host) throws Exception {
        for (int port : new int[] {
            proxy.admin().getPort(), proxy.outbound().getPort(), proxy.tcp().getPort()
        }) {
            String authority = host + ":" + port;
            try (Wire client = new Wire(proxy.outbound())) {
                client.send("GET http://" + authority + "/config_dump HTTP/1.1\r\nhost: " + authority
                        + "\r\nconnection: close\r\n\r\n");
                assertThat(client.readAll())
                        .doesNotContain("200 OK", "static_resources")
                        .startsWith("HTTP/1.1 ");
            }
            try (Wire client = new Wire(proxy.outbound())) {
                client.send("GET /config_dump HTTP/1.1\r\nhost: " + authority + "\r\nconnection: close\r\n\r\n");
                assertThat(client.readAll())
                        .doesNotContain("200 OK", "static_resources")
                        .startsWith("HTTP/1.1 ");
            }
        }
    }

    @Test
    void otherPortsOfThisMachineAreReached() throws Exception {
        try (Wire client = new Wire(proxy.outbound())) {
            String authority = "127.0.0.1:" + upstream.port();
            client.send("GET http://" + authority + "/ok?other HTTP/1.1\r\nhost: " + authority + "\r\n\r\n");
            assertThat(client.status()).isEqualTo(200);
        }
    }

    /** More than sockets keep, so that the proxy has to wait for the client after the client's end. */
    @Test
    void aLargeAnswerAfterTheClientsEndComesWhole() throws Exception {
        int bytes = 20_000_000;
        try (Wire client = new Wire(proxy.tcp(), 8192)) {
            client.send("GET /big/" + bytes + " HTTP/1.1\r\nhost: shop\r\n\r\n").end();
            assertThat(client.head()).startsWith("HTTP/1.1 200");
            assertThat(client.read(bytes)).hasSize(bytes);
            assertThat(client.readAll()).isEmpty();
        }
    }
}
