package io.weft.tests.faults.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.HttpConnection;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import io.weft.tests.rest.Documents;
import io.weft.tests.rest.Metrics;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Certificates of 10 s, believed not a moment longer, under load: each renewal is noticed by nobody. Meanwhile clients come that never end their handshakes. */
class RenewalTest {
    private static final int RENEWALS = Math.max(2, Counts.of(20));
    private static final int HALF_HANDSHAKES = 200;

    @Test
    void renewalsUnderLoadDropNothing(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory, "--svid-ttl", "10s", "--clock-leeway", "0s");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Instance cart = instance(mesh, "cart", "http");
            Instance orders = instance(mesh, "orders", "http");
            Instance web =
                    mesh.instance("web").proxyOptions("--clock-leeway", "0s").start();
            mesh.rest().apply(Documents.policy("orders", "protocolUpgrade: HTTP2"));
            mesh.awaitAvailable("cart", 1);
            mesh.awaitAvailable("orders", 1);
            mesh.awaitSynced();
            List<Socket> silent = halfHandshakes(cart);
            try (Load first = Load.get(web, 50, "http://cart:8080/");
                    Load second = Load.post(web, 50, "http://orders:8080/")) {
                first.awaitPassed(10);
                second.awaitPassed(10);
                Future<String> stream = threads.submit(() -> stream(web, cart));
                handshakesUntil(() -> renewals(cart) > RENEWALS && renewals(web) > RENEWALS, web, threads);

                first.assertNoneFailed();
                second.assertNoneFailed();
                assertThat(stream.get()).isEqualTo("whole");
                assertThat(cart.metrics().sum("weft_tls_handshakes_total", "side", "server"))
                        .as("handshakes")
                        .isGreaterThan(20);
                assertThat(failures(web, "client")).isEmpty();
                assertThat(failures(orders, "server")).isEmpty();
            }
            awaitGivenUp(cart, silent);
            assertThat(failures(cart, "server").values())
                    .as("those that did not end, and no others: %s", failures(cart, "server"))
                    .containsExactly((double) HALF_HANDSHAKES);
            tellsOfRenewals(mesh, cart);
        }
    }

    private static Instance instance(FaultMesh mesh, String service, String protocol) throws Exception {
        return mesh.instance(service + "-1")
                .serves(service, 8080, protocol)
                .proxyOptions("--clock-leeway", "0s")
                .start();
    }

    private static double renewals(Instance instance) throws Exception {
        return instance.metrics().sum("weft_svid_renewals_total");
    }

    /** By reason. */
    private static Map<String, Double> failures(Instance instance, String side) throws Exception {
        return instance.metrics().matching("weft_tls_handshake_failures_total", "side", side).stream()
                .filter(sample -> sample.value() > 0)
                .collect(Collectors.toMap(sample -> sample.labels().get("reason"), Metrics.Sample::value));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    /** In each round more requests at once than before, so that there are new connections all the time. */
    private static void handshakesUntil(Condition done, Instance web, ExecutorService threads) throws Exception {
        for (int atOnce = 2; !done.holds(); atOnce += 2) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                answers.add(threads.submit(() -> slowRequest(web)));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
        }
    }

    private static int slowRequest(Instance web) throws Exception {
        try (HttpConnection connection = new HttpConnection(web.outbound())) {
            return connection
                    .send(
                            "GET http://cart:8080/?delay=400 HTTP/1.1\r\nhost: cart:8080\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII),
                            false,
                            Duration.ofSeconds(30))
                    .status();
        }
    }

    /** A request whose body takes as long as the renewals; the application sends it back. */
    private static String stream(Instance web, Instance cart) throws Exception {
        try (Socket socket = new Socket()) {
            socket.connect(web.outbound());
            OutputStream out = socket.getOutputStream();
            String head =
                    "POST http://cart:8080/ HTTP/1.1|host: cart:8080|transfer-encoding: chunked|connection: close||";
            out.write(head.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
            StringBuilder sent = new StringBuilder();
            while (renewals(cart) <= RENEWALS) {
                String text = "at " + Instant.now() + ";";
                sent.append(text);
                out.write((Integer.toHexString(text.length()) + "\r\n" + text + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                Thread.sleep(Duration.ofMillis(250)); // the pace of the stream, nothing is awaited by it
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return answer.startsWith("HTTP/1.1 200") && answer.contains(sent) ? "whole" : answer;
        }
    }

    /** Connections that send the beginning of a ClientHello, and nothing more. */
    private static List<Socket> halfHandshakes(Instance target) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < HALF_HANDSHAKES; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.inboundPort());
            // A record of 512 bytes is announced (RFC 8446, section 5.1), of which 6 come.
            socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
            sockets.add(socket);
        }
        return sockets;
    }

    private static void awaitGivenUp(Instance target, List<Socket> silent) throws Exception {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Metrics metrics = target.metrics();
            assertThat(metrics.sum("weft_tls_handshake_failures_total", "side", "server", "reason", "timeout"))
                    .isEqualTo(HALF_HANDSHAKES);
        });
        for (Socket socket : silent) {
            socket.setSoTimeout(5_000);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            socket.close();
        }
    }

    /** What {@code weft certs} shows of it. */
    private static void tellsOfRenewals(FaultMesh mesh, Instance cart) {
        JsonNode certs = mesh.rest()
                .get("/certs")
                .path("proxies")
                .valueStream()
                .filter(proxy -> proxy.path("proxy").asString("").equals(cart.workload()))
                .findFirst()
                .orElseThrow()
                .path("certs");
        Instant end = Instant.parse(certs.path("certificates")
                .path(0)
                .path("cert_chain")
                .path(0)
                .path("expiration_time")
                .asString());
        assertThat(Instant.parse(certs.path("renewal").path("next").asString())).isBefore(end);
        assertThat(certs.path("renewal").path("last_error").asString("")).isEmpty();
    }
}
