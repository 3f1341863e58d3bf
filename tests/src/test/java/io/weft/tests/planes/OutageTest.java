package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.control.ControlConfig;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What requests notice of a control plane that is away, or that is told nonsense: nothing. */
class OutageTest {
    private TestMesh mesh;
    private EchoApplication application;
    private Sidecar frontend;

    @BeforeEach
    void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory, ControlConfig.Store.SQLITE);
        application = mesh.keep(new EchoApplication("cart"));
        mesh.sidecar("cart").offers("cart", 8080, application.port(), "http").start();
        frontend = mesh.sidecar("frontend").start();
        frontend.awaitAnswer("http://cart:8080/");
        mesh.apply(route("before"));
        mesh.awaitSynced(2);
    }

    @AfterEach
    void leave() {
        mesh.close();
    }

    private static String route(String value) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: cart, namespace: shop}
                spec: {ports: [{name: http, port: 8080}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: cart, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: cart}]
                  rules:
                  - filters:
                    - type: ResponseHeaderModifier
                      responseHeaderModifier: {set: [{name: x-route, value: %s}]}
                    backendRefs: [{name: cart, port: 8080}]
                """.formatted(value);
    }

    private String routed() throws Exception {
        return frontend.get("http://cart:8080/").headers().firstValue("x-route").orElse("nowhere");
    }

    @Test
    void noRequestFailsWhileTheControlPlaneIsAway() throws Exception {
        try (Load load = new Load(
                frontend,
                4,
                () -> HttpRequest.newBuilder(URI.create("http://cart:8080/")).POST(BodyPublishers.ofString("x")),
                Load::notOk)) {
            load.awaitPassed(50);
            mesh.stopControlPlane();
            load.awaitPassed(500);
            mesh.startControlPlane();
            mesh.awaitSynced(2);
            await().atMost(TestMesh.BOUND).until(() -> mesh.available("cart") == 1);
            load.awaitPassed(50);
            // Versions are hashes of contents, so that what the proxies say they hold is all that there is.
            assertThat(mesh.metric("weft_xds_resources_sent_total")).isZero();
            assertThat(routed()).isEqualTo("before");

            mesh.apply(route("after"));
            assertThat(routed()).isEqualTo("after");
            assertThat(mesh.metric("weft_xds_resources_sent_total")).isPositive();
            load.end();
        }
    }

    @Test
    void aProxyThatStartsWithoutTheControlPlaneServesWhatItHadLast() throws Exception {
        frontend.close();
        mesh.stopControlPlane();
        try {
            Sidecar again = frontend.startAgain();
            HttpResponse<String> response = again.get("http://cart:8080/");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-route")).contains("before");
        } finally {
            mesh.startControlPlane();
        }
        mesh.awaitSynced(2);
        mesh.apply(route("after"));
    }

    @Test
    void anInvalidChangeIsRefusedWithAllItsErrorsAndChangesNothing() throws Exception {
        long head = mesh.get("/status").path("revision").asLong();
        long sent = mesh.metric("weft_xds_resources_sent_total");
        HttpResponse<String> response = mesh.tryApply(route("never") + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: other, namespace: shop}
                spec: {ports: [{name: http, port: 80800}]}
                ---
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: other, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: cart}]
                  timeout: {connect: 1s}
                """);
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
        List<String> messages = new ArrayList<>();
        for (JsonNode each : JsonMapper.shared().readTree(response.body()).path("violations")) {
            messages.add(each.path("message").asString());
        }
        assertThat(messages)
                .hasSize(2)
                .anySatisfy(message -> assertThat(message).contains("80800", "port"))
                .anySatisfy(message -> assertThat(message).contains("timeout", "timeouts"));
        assertThat(mesh.get("/status").path("revision").asLong()).isEqualTo(head);
        assertThat(mesh.metric("weft_xds_resources_sent_total")).isEqualTo(sent);
        assertThat(routed()).isEqualTo("before");
    }
}
