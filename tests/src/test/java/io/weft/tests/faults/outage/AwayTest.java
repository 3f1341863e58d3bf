package io.weft.tests.faults.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Reply;
import io.weft.tests.mesh.Weft;
import io.weft.tests.rest.Documents;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control plane is away for longer than certificates live: twenty seconds, here. */
class AwayTest {
    private static final String CART = "http://cart:8080/";
    private static final String EXPIRY = "weft_svid_expiry_timestamp_seconds";

    @Test
    void nothingFailsWhileCertificatesLiveAndTheirEndIsToldBeforeAndAfter(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory, "--svid-ttl", "20s", "--clock-leeway", "0s")) {
            Instance cart = mesh.instance("cart")
                    .serves("cart", 8080, "http")
                    .proxyOptions("--clock-leeway", "0s")
                    .start();
            Instance web =
                    mesh.instance("web").proxyOptions("--clock-leeway", "0s").start();
            Instance late =
                    mesh.instance("late").proxyOptions("--clock-leeway", "0s").start();
            mesh.awaitAvailable("cart", 1);
            mesh.rest().apply(Documents.ACCESS_LOG);
            mesh.rest().apply(Split.of(7));
            mesh.awaitSynced();
            assertThat(statusOf(mesh).out()).contains("ends in");
            // One connection at a time, which stays open.
            try (Prober prober = new Prober(web, CART)) {
                await().atMost(FaultMesh.BOUND).until(() -> prober.highest() == 7);
                awaitFreshCertificates(web, cart, late);

                mesh.server().kill();
                late.proxy().kill();
                late.startProxy();
                try (Prober load = new Prober(late, CART)) {
                    load.awaitPassed(20);
                }
                await().atMost(FaultMesh.BOUND)
                        .untilAsserted(() -> assertThat(web.proxy().logText())
                                .contains("no new certificate")
                                .contains("the present one ends in"));
                assertThat(web.metrics().sum(EXPIRY))
                        .isGreaterThan((double) Instant.now().getEpochSecond());
                assertThat(web.metrics().sum("weft_svid_renewal_failures_total"))
                        .isPositive();
                assertThat(web.metrics().sum("weft_control_plane_connected")).isZero();
                prober.assertNoFaults();

                await().atMost(FaultMesh.BOUND).until(() -> hasEnded(web) && hasEnded(cart) && hasEnded(late));
                // From a proxy of its own: it would take the connection that is to stay open.
                List<Reply> refused = burst(late).stream()
                        .filter(answer -> answer.statusCode() != 200)
                        .map(Reply::of)
                        .toList();
                assertThat(refused)
                        .as("new connections are refused, and the reason is told")
                        .anySatisfy(reply -> assertThat(reply.cause()).contains("expired"));
                late.witness().assertTold(refused);
                assertThat(late.metrics().sum("weft_tls_handshake_failures_total", "side", "client"))
                        .isPositive();
                await().atMost(FaultMesh.BOUND)
                        .untilAsserted(() -> assertThat(web.proxy().logText())
                                .contains("open connections go on, new ones are refused by peers"));
                prober.awaitPassed(10);

                mesh.server().start();
                await().atMost(FaultMesh.BOUND).until(() -> !hasEnded(web) && !hasEnded(cart) && !hasEnded(late));
                await().atMost(FaultMesh.BOUND)
                        .untilAsserted(() -> assertThat(burst(web))
                                .allSatisfy(answer ->
                                        assertThat(answer.statusCode()).isEqualTo(200)));
                prober.assertNoFaults();
            }
        }
    }

    @Test
    void aProgramStartsWithoutTheControlPlane(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance cart = mesh.instance("cart")
                    .serves("cart", 8080, "http")
                    .underRun()
                    .start();
            Instance web = mesh.client("web");
            mesh.awaitAvailable("cart", 1);
            web.awaitReady();
            assertThat(call(mesh))
                    .satisfies(reached ->
                            assertThat(reached.code()).as(reached.err()).isZero());

            mesh.server().kill();
            Weft.Outcome status = statusOf(mesh);
            assertThat(status.code()).isEqualTo(1);
            assertThat(status.err()).contains("no control plane answers");
            cart.killAll();
            cart.start();
            assertThat(cart.run().logText()).contains("The proxy starts with the certificate");
            try (Prober load = new Prober(web, CART)) {
                load.awaitPassed(20);
            }
            assertThat(call(mesh))
                    .satisfies(reached ->
                            assertThat(reached.code()).as(reached.err()).isZero());
        }
    }

    /** A program that runs beside a proxy of its own, each time anew. */
    private static Weft.Outcome call(FaultMesh mesh) throws Exception {
        return mesh.weft().run(FaultMesh.BOUND, "run", "-n", "shop", "--", "curl", "-sf", CART);
    }

    private static Weft.Outcome statusOf(FaultMesh mesh) throws Exception {
        return mesh.weft().run(FaultMesh.BOUND, "status");
    }

    private static Duration left(Instance instance) throws Exception {
        return Duration.between(
                Instant.now(), Instant.ofEpochSecond((long) instance.metrics().sum(EXPIRY)));
    }

    private static boolean hasEnded(Instance instance) throws Exception {
        return !left(instance).isPositive();
    }

    /** So that what follows has the time that it needs. */
    private static void awaitFreshCertificates(Instance... instances) {
        await().atMost(FaultMesh.BOUND).untilAsserted(() -> {
            for (Instance instance : instances) {
                assertThat(left(instance)).isGreaterThan(Duration.ofSeconds(9));
            }
        });
    }

    /** Many at once: more than the connections that are open to the instance. */
    private static List<HttpResponse<String>> burst(Instance from) {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(from.outbound()))
                .build()) {
            List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                sent.add(client.sendAsync(
                        HttpRequest.newBuilder(URI.create(CART + "?delay=200")).build(), BodyHandlers.ofString()));
            }
            return sent.stream().map(CompletableFuture::join).toList();
        }
    }
}
