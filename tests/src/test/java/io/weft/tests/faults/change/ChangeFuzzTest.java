package io.weft.tests.faults.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Random changes, valid and not: whatever came before, a proxy that saw them all has what one has that is started now. */
class ChangeFuzzTest {
    private static final int ROUNDS = 6;
    private static final long SEED = 20_261_121;

    private static TestMesh mesh;
    private static Sidecar old;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        EchoApplication cart = mesh.keep(new EchoApplication("cart"));
        mesh.sidecar("cart")
                .label("version", "1")
                .offers("cart", 8080, cart.port(), "http")
                .start();
        old = mesh.sidecar("old").start();
        old.awaitAnswer("http://cart:8080/");
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Test
    void aLongLivedProxyHasWhatANewOneHas() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        int refused = 0;
        for (int round = 0; round < Counts.of(10 * ROUNDS); round++) {
            for (int i = 0; i < 12; i++) {
                HttpResponse<String> response = mesh.tryApply(changeSet(random));
                assertThat(response.statusCode()).as(response.body()).isIn(200, 422);
                refused += response.statusCode() == 422 ? 1 : 0;
            }
            mesh.awaitSynced(2);
            int number = round;
            Sidecar fresh = mesh.sidecar("fresh-" + round).start();
            mesh.awaitSynced(3);
            await().atMost(TestMesh.BOUND)
                    .untilAsserted(() -> assertThat(resources("old"))
                            .as("seed %d, round", SEED)
                            .isEqualTo(resources("fresh-" + number)));
            fresh.close();
            mesh.awaitSynced(2);
        }
        assertThat(refused).as("invalid change sets").isPositive();
        assertThat(old.get("http://cart:8080/").statusCode()).isIn(200, 301, 404, 500);
    }

    private static String changeSet(SplittableRandom random) {
        List<String> documents = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            documents.add(document(random, random.nextInt(4)));
        }
        return String.join("---\n", documents);
    }

    private static String document(SplittableRandom random, int name) {
        return switch (random.nextInt(6)) {
            case 0, 1 ->
                """
                apiVersion: v1
                kind: Service
                metadata: {name: s%d}
                spec: {selector: {version: "%d"}, ports: [{port: %d, name: http, appProtocol: %s}]}
                """.formatted(
                                name,
                                random.nextInt(3),
                                random.nextInt(8) == 0 ? 70_000 : 8080 + random.nextInt(2),
                                random.nextBoolean() ? "http" : "kubernetes.io/h2c");
            case 2, 3 ->
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: r%d}
                spec:
                  parentRefs: [{group: "", kind: Service, name: %s, port: 8080}]
                  rules:
                  - matches: [{path: {type: %s, value: "%s"}}]
                    backendRefs:
                    - {name: s%d, port: 8080, weight: %d}
                    - {name: cart, port: 8080}
                """.formatted(
                                name,
                                random.nextBoolean() ? "cart" : "s" + random.nextInt(4),
                                random.nextBoolean() ? "PathPrefix" : "RegularExpression",
                                random.nextInt(6) == 0 ? "/a(" : "/p" + random.nextInt(3),
                                random.nextInt(5),
                                random.nextInt(4));
            case 4 -> """
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: t%d}
                spec:
                  targetRefs: [{group: "", kind: Service, name: s%d}]
                  timeouts: {request: %ds}
                  retries: {attempts: %d}
                """.formatted(name, random.nextInt(4), 1 + random.nextInt(5), random.nextInt(12));
            default ->
                """
                apiVersion: mesh.weft.io/v1
                kind: PeerAuthentication
                metadata: {name: default}
                spec: {mtls: {mode: %s}}
                """.formatted(List.of("STRICT", "PERMISSIVE", "DISABLE", "SOMETIMES")
                        .get(random.nextInt(4)));
        };
    }

    /** What the proxy has active, by kind and name, with versions, which are hashes of the content; its own listener aside. */
    private static Map<String, String> resources(String proxy) {
        JsonNode dump = mesh.get("/proxies/" + proxy + "/config");
        Map<String, String> resources = new TreeMap<>();
        for (String kind : List.of("clusters", "endpoints", "routes")) {
            dump.path(kind)
                    .forEach(each -> resources.put(
                            kind + " " + each.path("name").asString() + " "
                                    + each.path("state").asString(),
                            each.path("version").asString()));
        }
        assertThat(resources).as(dump.toString()).isNotEmpty();
        return resources;
    }
}
