package io.weft.tests.faults.chaos;

import io.weft.tests.rest.MeshRest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Changes of the configuration, and what the control plane has promised of them. */
final class Changes {
    private static final int OK = 200;
    private static final int INVALID = 422;
    private static final String MOVED = "reviews-moved-";
    private static final Duration WAIT = Duration.ofSeconds(30);

    private static final List<String> WRONG = List.of("""
            apiVersion: v1
            kind: Service
            metadata: {name: wrong, namespace: shop}
            spec: {ports: [{name: http, port: 80800}]}
            """, """
            apiVersion: mesh.weft.io/v1
            kind: TrafficPolicy
            metadata: {name: wrong, namespace: shop}
            spec:
              targetRefs: [{group: "", kind: Service, name: cart}]
              timeouts: {request: -1s}
            """, """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: wrong, namespace: shop}
            spec: {parentRef: [{name: reviews}]}
            """, "kind: [");

    private final MeshRest rest;
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private int number;
    private long acknowledgedRevision;
    private int acknowledgedMark;
    private int acknowledgedMove;
    private int lastMove;
    private final AtomicInteger acknowledged = new AtomicInteger();

    Changes(MeshRest rest) {
        this.rest = rest;
    }

    /** In one change set: a Service, the route that moves the traffic of reviews to it, its policy; and the one before goes. */
    synchronized void move() {
        int mine = ++number;
        String name = MOVED + mine;
        String documents = """
                apiVersion: v1
                kind: Service
                metadata: {name: %1$s, namespace: shop}
                spec:
                  selector: {app: reviews}
                  ports: [{name: http, port: 8080, appProtocol: http}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: reviews, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: reviews, port: 8080}]
                  rules:
                  - filters:
                    - type: ResponseHeaderModifier
                      responseHeaderModifier: {set: [{name: x-moved, value: "%2$d"}]}
                    backendRefs: [{name: %1$s, port: 8080}]
                ---
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: reviews, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: %1$s}]
                  timeouts: {request: %3$ds}
                """.formatted(name, mine, 10 + mine % 5);
        List<Map<String, String>> gone = new ArrayList<>();
        for (JsonNode resource :
                rest.get("/resources?kind=Service&namespace=shop").path("items")) {
            String other = resource.at("/key/name").asString("");
            if (other.startsWith(MOVED)) {
                gone.add(Map.of("kind", "Service", "namespace", "shop", "name", other));
            }
        }
        lastMove = mine;
        HttpResponse<String> response = rest.post(
                "/changesets",
                "application/json",
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "files", List.of(Map.of("name", "move.yaml", "text", documents)), "deletes", gone)));
        if (response.statusCode() != OK) {
            violations.add("a change set was refused: " + response.statusCode() + " " + response.body());
            return;
        }
        acknowledgedMove = mine;
        acknowledge(response);
        JsonNode status = rest.revision(acknowledgedRevision, WAIT);
        for (JsonNode behind : status.path("behind")) {
            if (behind.path("state").asString("").equals("rejected")) {
                violations.add("a proxy refused revision " + acknowledgedRevision + ": " + behind);
            }
        }
    }

    /** Each is refused, and nothing of it is taken. */
    synchronized void refuse() {
        long head = rest.head();
        for (String wrong : WRONG) {
            HttpResponse<String> response = rest.tryApply(wrong);
            if (response.statusCode() != INVALID && response.statusCode() != 400) {
                violations.add("an invalid change set was answered with " + response.statusCode() + ": " + wrong);
            }
        }
        if (rest.head() != head) {
            violations.add("an invalid change set made revision " + rest.head());
        }
    }

    /** Changes one resource over and over, until the control plane is gone. */
    synchronized void markUntilGone() {
        try {
            while (true) {
                int mine = ++number;
                HttpResponse<String> response = rest.tryApply("""
                        apiVersion: v1
                        kind: Service
                        metadata: {name: mark, namespace: shop, labels: {mark: "%d"}}
                        spec: {ports: [{name: http, port: 8080}]}
                        """.formatted(mine));
                if (response.statusCode() != OK) {
                    violations.add("a change set was refused: " + response.statusCode() + " " + response.body());
                    return;
                }
                acknowledgedMark = mine;
                acknowledge(response);
            }
        } catch (AssertionError e) {
            // It is gone.
        }
    }

    private void acknowledge(HttpResponse<String> response) {
        acknowledged.incrementAndGet();
        acknowledgedRevision = Math.max(
                acknowledgedRevision, MeshRest.json(response).path("revision").asLong());
    }

    /** What was promised must be there: an acknowledged change, or a later one. */
    synchronized void check() {
        long head = rest.head();
        if (head < acknowledgedRevision) {
            violations.add("revision " + acknowledgedRevision + " was acknowledged, and the newest is " + head);
        }
        if (acknowledgedMark > 0) {
            int mark = rest.get("/resources/Service/shop/mark")
                    .at("/resource/metadata/labels/mark")
                    .asInt(0);
            if (mark < acknowledgedMark) {
                violations.add("mark " + acknowledgedMark + " was acknowledged, and the store has " + mark);
            }
        }
        if (acknowledgedMove > 0) {
            checkMove();
        }
    }

    private void checkMove() {
        List<String> services = new ArrayList<>();
        for (JsonNode resource :
                rest.get("/resources?kind=Service&namespace=shop").path("items")) {
            String name = resource.at("/key/name").asString("");
            if (name.startsWith(MOVED)) {
                services.add(name);
            }
        }
        String route =
                rest.get("/resources/HTTPRoute/shop/reviews").path("resource").toString();
        String policy = rest.get("/resources/TrafficPolicy/shop/reviews")
                .path("resource")
                .toString();
        boolean whole = services.size() == 1
                && (services.contains(MOVED + acknowledgedMove) || services.contains(MOVED + lastMove))
                && route.contains('"' + services.getFirst() + '"')
                && policy.contains('"' + services.getFirst() + '"');
        if (!whole) {
            violations.add("change " + acknowledgedMove + " was acknowledged, and the store has half of another: "
                    + services + ", " + route + ", " + policy);
        }
    }

    /** How many were acknowledged. */
    int acknowledged() {
        return acknowledged.get();
    }

    List<String> violations() {
        return List.copyOf(violations);
    }
}
