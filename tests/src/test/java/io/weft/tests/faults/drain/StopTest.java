package io.weft.tests.faults.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.OsProcess;
import io.weft.tests.faults.Reply;
import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One instance under {@code weft run}, and how it ends. */
class StopTest {
    private static final HttpClient DIRECT =
            HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
    /** Longer than anything that is not awaited takes, shorter than what would be. */
    private static final Duration SOON = Duration.ofSeconds(9);

    private static FaultMesh mesh;
    private static Instance cart;
    private static Instance web;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        mesh = FaultMesh.start(directory);
        mesh.rest().apply(Documents.ACCESS_LOG);
        mesh.instance("other-1").serves("other", 8080, "http").start();
        web = mesh.client("web");
        cart = mesh.instance("cart-1")
                .serves("cart", 8080, "http")
                .environment("ECHO_CALLS_AT_END", "http://other:8080/")
                .underRun()
                .start();
        startCart();
    }

    @AfterAll
    static void end() {
        mesh.close();
    }

    private static void startCart() throws IOException {
        cart.start();
        cart.awaitAvailable();
        mesh.awaitSynced();
    }

    /** A request that the application works on; returns when it has it. */
    private static CompletableFuture<HttpResponse<String>> post(int delayMillis) {
        int before = cart.journal().received().size();
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(web.outbound()))
                .build();
        CompletableFuture<HttpResponse<String>> response = client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://cart:8080/?delay=" + delayMillis))
                        .header("x-id", "stop-" + before)
                        .POST(BodyPublishers.ofString("x"))
                        .build(),
                BodyHandlers.ofString());
        await().atMost(FaultMesh.BOUND).until(() -> cart.journal().received().size() > before);
        return response;
    }

    private static HttpResponse<String> admin(HttpRequest.Builder request) throws Exception {
        return DIRECT.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> admin(String path) throws Exception {
        return admin(HttpRequest.newBuilder(cart.admin().resolve(path)));
    }

    private static JsonNode endpoints() {
        return mesh.rest()
                .get("/endpoints?service=cart")
                .path("services")
                .path(0)
                .path("endpoints");
    }

    private static void awaitDraining() {
        await().atMost(FaultMesh.BOUND)
                .until(() -> endpoints().path(0).path("draining").asBoolean());
    }

    private static void awaitAllEnded(Duration bound, List<OsProcess> processes) {
        await().atMost(bound).untilAsserted(() -> assertThat(processes).noneMatch(OsProcess::isAlive));
    }

    @Test
    void whatHasBegunIsAnsweredAndTheProgramsLastRequestWorks() throws Exception {
        startCart();
        assertThat(admin(HttpRequest.newBuilder(cart.admin().resolve("/drain"))
                                .header("origin", "http://evil.example")
                                .POST(BodyPublishers.noBody()))
                        .statusCode())
                .as("a web page's wish")
                .isEqualTo(403);
        assertThat(admin("/drain").body()).contains("serving");
        CompletableFuture<HttpResponse<String>> response = post(5_000);
        List<OsProcess> all = List.of(cart.run(), cart.proxy(), cart.application());
        cart.run().terminate();
        awaitDraining();

        assertThat(all).allMatch(OsProcess::isAlive);
        await().atMost(SOON).until(() -> admin("/drain").body().contains("\"phase\":\"ending\",\"unconfirmed\":\"\""));
        assertThat(admin("/ready").statusCode()).isEqualTo(503);
        assertThat(cart.metrics().sum("weft_drain_phase", "phase", "ending")).isEqualTo(1);
        assertThat(mesh.weft().run(FaultMesh.BOUND, "status").out())
                .contains("cart-1")
                .contains(", draining");
        assertThat(mesh.rest().metrics().sum("weft_registry_draining_instances"))
                .isEqualTo(1);

        assertThat(response.get(FaultMesh.BOUND.toSeconds(), TimeUnit.SECONDS).statusCode())
                .isEqualTo(200);
        awaitAllEnded(SOON, all);
        assertThat(cart.run().logText()).contains("requests to the program end first");
        assertThat(cart.journal().lastCalls()).last().isEqualTo("200");
        // It left in order: nobody waits for a lease.
        await().atMost(Duration.ofSeconds(5)).until(() -> endpoints().isEmpty());
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        startCart();
        CompletableFuture<HttpResponse<String>> response = post(60_000);
        List<OsProcess> all = List.of(cart.run(), cart.proxy(), cart.application());
        cart.run().terminate();
        awaitDraining();
        assertThat(response).isNotDone();
        cart.run().terminate();
        awaitAllEnded(SOON, all);
        Reply reply = Reply.of(response.get(FaultMesh.BOUND.toSeconds(), TimeUnit.SECONDS));
        assertThat(reply.status()).isEqualTo(503);
        web.witness().assertTold(reply);
    }

    @Test
    void killedByForceItTakesProxyAndProgramWithIt() throws IOException {
        startCart();
        List<OsProcess> all = List.of(cart.run(), cart.proxy(), cart.application());
        cart.run().kill();
        awaitAllEnded(SOON, all);
    }

    @Test
    void aProxyThatDoesNotAnswerHoldsUpADrainForItsBoundOnly() throws Exception {
        assumeThat(Counts.full()).as("it takes as long as the bound").isTrue();
        startCart();
        Instance silent = mesh.client("silent");
        mesh.awaitSynced();
        silent.proxy().suspend();
        long began = System.nanoTime();
        String status = admin(HttpRequest.newBuilder(cart.admin().resolve("/drain?wait=20"))
                        .POST(BodyPublishers.noBody()))
                .body();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofSeconds(8), Duration.ofSeconds(12));
        assertThat(status).contains("silent did not acknowledge it within");
        assertThat(cart.proxy().logText()).contains("silent did not acknowledge it within");
        assertThat(mesh.server().process().logText()).contains("silent did not acknowledge it within");
        // In order: one that is killed counts as a holder for one lease more, and would hold up the next test's drain.
        silent.proxy().resume();
        silent.stop();
        cart.stop();
    }

    @Test
    void aSignalDuringTheStartEndsIt() throws Exception {
        // It waits for the control plane's answer.
        mesh.server().process().suspend();
        try {
            Path log = mesh.directory().resolve("late.log");
            OsProcess late = mesh.spawn(
                    mesh.weft().builder(List.of("run", "-n", "shop", "--workload", "late", "--", "sleep", "1000")),
                    log);
            await().atMost(FaultMesh.BOUND)
                    .until(() -> Files.exists(mesh.directory().resolve("weft/proxies/shop.late")));
            late.terminate();
            awaitAllEnded(SOON, List.of(late));
        } finally {
            mesh.server().process().resume();
        }
    }
}
