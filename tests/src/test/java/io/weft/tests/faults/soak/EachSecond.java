package io.weft.tests.faults.soak;

import io.weft.tests.rest.Documents;
import io.weft.tests.rest.MeshRest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A change of the configuration each second: none of them is to be noticed by any request. */
final class EachSecond {
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final int OK = 200;

    private final MeshRest rest;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean over;
    private int applied;
    private int refused;
    private long slowestMillis;

    EachSecond(MeshRest rest, Ledger ledger, long seed) {
        this.rest = rest;
        this.ledger = ledger;
        this.random = new SplittableRandom(seed);
        this.thread = Thread.ofPlatform().daemon().name("changes").start(this::run);
    }

    private void run() {
        try {
            for (int number = 1; !over; number++) {
                long due = System.nanoTime() + 1_000_000_000;
                change(number);
                Thread.sleep(Math.max(1, (due - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void change(int number) {
        try {
            switch (number % 6) {
                case 0, 3 -> apply(weights(), List.of());
                case 1 -> apply(upgrade(SoakMesh.PLAIN) + upgrade(SoakMesh.OTHER_PLAIN), List.of());
                case 2 -> apply(policy(SoakMesh.FRAMED) + policy(SoakMesh.GRPC), List.of());
                case 4 -> passing(number);
                default -> refuse();
            }
        } catch (RuntimeException | AssertionError e) {
            violation("a change: " + e);
        }
    }

    private void violation(String what) {
        String violation = String.format(Locale.ROOT, "%7.1f s  %s", ledger.seconds(), what);
        violations.add(violation);
        ledger.tell(violations.size(), violation);
    }

    private String weights() {
        int weight = random.nextInt(101);
        return """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: plain, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: %1$s, port: %3$d}]
                  rules:
                  - backendRefs:
                    - {name: %1$s, port: %3$d, weight: %4$d}
                    - {name: %2$s, port: %3$d, weight: %5$d}
                """.formatted(
                        SoakMesh.PLAIN, SoakMesh.OTHER_PLAIN, SoakMesh.PORT, weight, weight == 0 ? 1 : 100 - weight);
    }

    /** Between the proxies, HTTP/2 and HTTP/1.1 in turn. */
    private String upgrade(String service) {
        return Documents.policy(
                service, SoakMesh.CONNECT_TIMEOUT, "protocolUpgrade: " + (random.nextBoolean() ? "HTTP2" : "NONE"));
    }

    private String policy(String service) {
        return Documents.policy(
                service,
                "timeouts: {connect: " + (5 + random.nextInt(3)) + "s, idle: " + (30 + random.nextInt(10)) + "s}");
    }

    /** A service that is there for some seconds. */
    private void passing(int number) {
        apply("""
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: passing-%d, namespace: shop}
                spec: {ports: [{name: http, port: 8080, appProtocol: http}]}
                """.formatted(number), number > 6 ? List.of("passing-" + (number - 6)) : List.of());
    }

    private void apply(String documents, List<String> gone) {
        long began = System.nanoTime();
        HttpResponse<String> response = rest.post(
                "/changesets",
                "application/json",
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "files", List.of(Map.of("name", "change.yaml", "text", documents)),
                                "deletes",
                                        gone.stream()
                                                .map(name ->
                                                        Map.of("kind", "Service", "namespace", "shop", "name", name))
                                                .toList())));
        if (response.statusCode() != OK) {
            violation("a change set was refused: " + response.statusCode() + " " + response.body() + " " + documents);
            return;
        }
        JsonNode status = rest.revision(MeshRest.json(response).path("revision").asLong(), BOUND);
        if (!status.path("complete").asBoolean()) {
            violation("a change is not everywhere after " + BOUND + ": " + status);
        }
        slowestMillis = Math.max(slowestMillis, (System.nanoTime() - began) / 1_000_000);
        applied++;
    }

    private void refuse() {
        HttpResponse<String> response = rest.tryApply("""
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: wrong, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: plain}]
                  timeouts: {request: -1s}
                """);
        if (response.statusCode() / 100 != 4) {
            violation("an invalid change was answered with " + response.statusCode());
        }
        refused++;
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    @Override
    public String toString() {
        return applied + " changes everywhere, the slowest after " + slowestMillis + " ms; " + refused + " refused";
    }

    void end() throws InterruptedException {
        over = true;
        thread.join(BOUND);
    }
}
