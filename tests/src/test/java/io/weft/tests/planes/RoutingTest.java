package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes and policies, and what they do to requests. */
class RoutingTest {
    private static final String CART = "http://cart.shop:8080";

    private static TestMesh mesh;
    private static EchoApplication first;
    private static EchoApplication second;
    private static Sidecar firstSidecar;
    private static Sidecar frontend;

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        first = mesh.keep(new EchoApplication("v1"));
        second = mesh.keep(new EchoApplication("v2"));
        mesh.apply(service("cart-v1", "v1") + "---\n" + service("cart-v2", "v2"));
        firstSidecar = version("v1", first).start();
        version("v2", second).start();
        frontend = mesh.sidecar("frontend").start();
        frontend.awaitAnswer("http://cart-v1:8080/");
        frontend.awaitAnswer("http://cart-v2:8080/");
    }

    private static Sidecar.Plan version(String version, EchoApplication application) {
        return mesh.sidecar("cart-" + version)
                .serviceAccount("cart")
                .label("app", "cart")
                .label("version", version)
                .offers("cart", 8080, application.port(), "http");
    }

    private static String service(String name, String version) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec: {selector: {app: cart, version: %s}, ports: [{name: http, port: 8080}]}
                """.formatted(name, version);
    }

    @AfterAll
    static void leave() {
        mesh.close();
    }

    @AfterEach
    void answerAsBefore() {
        first.handle(EchoApplication::echo);
        second.handle(EchoApplication::echo);
    }

    @Test
    void aCanaryGetsItsShare() throws Exception {
        mesh.apply(route("""
                - backendRefs:
                  - {name: cart-v1, port: 8080, weight: 90}
                  - {name: cart-v2, port: 8080, weight: 10}
                """));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            counts.merge(answeredBy(HttpRequest.newBuilder(URI.create(CART + "/"))), 1, Integer::sum);
        }
        // 50 are expected, with a standard deviation of 6.7.
        assertThat(counts).containsOnlyKeys("v1", "v2");
        assertThat(counts.get("v2")).isBetween(17, 83);
    }

    @Test
    void headersAndPathsChooseTheVersion() throws Exception {
        mesh.apply(route("""
                - matches:
                  - headers: [{name: x-beta, value: "yes"}]
                  - path: {type: PathPrefix, value: /beta}
                    method: POST
                  backendRefs: [{name: cart-v2, port: 8080}]
                - backendRefs: [{name: cart-v1, port: 8080}]
                  filters:
                  - type: RequestHeaderModifier
                    requestHeaderModifier: {set: [{name: x-version, value: stable}]}
                """));
        URI root = URI.create(CART + "/chosen");
        assertThat(answeredBy(HttpRequest.newBuilder(root))).isEqualTo("v1");
        assertThat(first.last("/chosen").header("x-version")).containsExactly("stable");
        assertThat(answeredBy(HttpRequest.newBuilder(root).header("X-Beta", "yes")))
                .isEqualTo("v2");
        assertThat(second.last("/chosen").header("x-version")).isEmpty();
        assertThat(answeredBy(HttpRequest.newBuilder(root).header("X-Beta", "no")))
                .isEqualTo("v1");
        URI beta = URI.create(CART + "/beta/now?or=never");
        assertThat(answeredBy(HttpRequest.newBuilder(beta))).isEqualTo("v1");
        assertThat(answeredBy(HttpRequest.newBuilder(beta).POST(BodyPublishers.ofString("x"))))
                .isEqualTo("v2");
        assertThat(answeredBy(
                        HttpRequest.newBuilder(URI.create(CART + "/betamax")).POST(BodyPublishers.ofString("x"))))
                .isEqualTo("v1");
    }

    @Test
    void aChangeUnderLoadIsAllOrNothing() throws Exception {
        mesh.apply(pinned("v1"));
        try (Load load = new Load(
                frontend,
                8,
                () -> HttpRequest.newBuilder(URI.create(CART + "/")).POST(BodyPublishers.ofString("x")),
                response -> {
                    String by = response.headers().firstValue("x-application").orElse("nobody");
                    String routed = response.headers().firstValue("x-routed").orElse("nowhere");
                    return response.statusCode() == 200 && by.equals(routed)
                            ? ""
                            : response.statusCode() + ": routed to " + routed + ", answered by " + by;
                })) {
            load.awaitPassed(50);
            for (int i = 0; i < 10; i++) {
                mesh.apply(pinned(i % 2 == 0 ? "v2" : "v1"));
                load.awaitPassed(50);
            }
            load.end();
        }
    }

    private static String pinned(String version) {
        return route("""
                - backendRefs: [{name: cart-%s, port: 8080}]
                  filters:
                  - type: ResponseHeaderModifier
                    responseHeaderModifier: {set: [{name: x-routed, value: %s}]}
                """.formatted(version, version));
    }

    @Test
    void aSlowAnswerEndsAtItsTimeout() throws Exception {
        mesh.apply(route("- backendRefs: [{name: cart-v1, port: 8080}]\n")
                + Documents.policy("cart", "timeouts: {responseHead: 300ms}", "retries: {attempts: 0}"));
        CountDownLatch over = new CountDownLatch(1);
        first.handle(exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            EchoApplication.echo(exchange);
        });
        try {
            assertThat(frontend.get(CART + "/slow").statusCode()).isEqualTo(504);
        } finally {
            over.countDown();
            mesh.apply(Documents.policy("cart"));
        }
        assertThat(frontend.get(CART + "/slow").statusCode()).isEqualTo(200);
    }

    @Test
    void aFailureIsTriedAgainAsThePolicySays() throws Exception {
        mesh.apply(route("- backendRefs: [{name: cart-v1, port: 8080}]\n")
                + Documents.policy(
                        "cart", "retries: {attempts: 2, on: [\"503\"]}", "outlierDetection: {consecutiveErrors: 0}"));
        AtomicInteger calls = new AtomicInteger();
        first.handle(exchange -> {
            if (calls.incrementAndGet() <= 2) {
                exchange.sendResponseHeaders(503, -1);
                exchange.close();
            } else {
                EchoApplication.echo(exchange);
            }
        });
        assertThat(frontend.get(CART + "/again").statusCode()).isEqualTo(200);
        assertThat(calls).hasValue(3);

        mesh.apply(Documents.policy("cart", "retries: {attempts: 0}", "outlierDetection: {consecutiveErrors: 0}"));
        calls.set(0);
        assertThat(frontend.get(CART + "/again").statusCode()).isEqualTo(503);
        assertThat(calls).hasValue(1);
        mesh.apply(Documents.policy("cart"));
    }

    @Test
    void modesOfMutualTlsHoldAtBothEnds() throws Exception {
        mesh.apply(route("- backendRefs: [{name: cart-v1, port: 8080}]\n"));
        InetSocketAddress inbound = firstSidecar.inbound();
        // PERMISSIVE: a client without a proxy gets in, as nobody.
        assertThat(plain(inbound, "/permissive")).startsWith("HTTP/1.1 200 ");
        assertThat(first.last("/permissive").header("x-forwarded-client-cert")).isEmpty();

        mesh.apply(authentication("STRICT"));
        await().atMost(TestMesh.BOUND).until(() -> plain(inbound, "/strict").isEmpty());
        assertThat(frontend.get(CART + "/mutual").statusCode()).isEqualTo(200);
        assertThat(first.last("/mutual").header("x-forwarded-client-cert")).isNotEmpty();

        try (Load load = Load.of(frontend, 4, CART + "/")) {
            load.awaitPassed(50);
            mesh.apply(authentication("DISABLE"));
            await().atMost(TestMesh.BOUND).until(() -> {
                frontend.get(CART + "/disabled");
                return first.last("/disabled").header("x-forwarded-client-cert").isEmpty();
            });
            load.awaitPassed(50);
            mesh.apply(authentication("PERMISSIVE"));
            load.awaitPassed(50);
            load.end();
        }
        await().atMost(TestMesh.BOUND).until(() -> {
            frontend.get(CART + "/enabled");
            return !first.last("/enabled").header("x-forwarded-client-cert").isEmpty();
        });
    }

    /** What a client outside the mesh gets; empty where it is cut. */
    private static String plain(InetSocketAddress inbound, String path) throws IOException {
        try (Socket socket = new Socket(inbound.getAddress(), inbound.getPort())) {
            socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
            RawApplication.write(
                    socket,
                    "GET " + path
                            + " HTTP/1.1\r\nHost: cart.shop:8080\r\nConnection: close\r\nX-Forwarded-Client-Cert: forged\r\n\r\n");
            return RawApplication.head(socket.getInputStream());
        } catch (java.net.SocketException e) {
            return "";
        }
    }

    private static String authentication(String mode) {
        return """
                apiVersion: mesh.weft.io/v1
                kind: PeerAuthentication
                metadata: {name: cart, namespace: shop}
                spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: %s}}
                """.formatted(mode);
    }

    private static String route(String rules) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: cart, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: cart}]
                  rules:
                """ + rules.indent(2);
    }

    private static String answeredBy(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = frontend.send(request);
        assertThat(response.statusCode()).isEqualTo(200);
        return response.headers().firstValue("x-application").orElse("nobody");
    }
}
