package io.weft.tests.faults.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.cli.show.DescribeCommand;
import io.weft.cli.show.GetCommand;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.proxy.Proxy;
import io.weft.proxy.identity.ControlPlaneChannels;
import io.weft.proxy.identity.ControlPlaneSigner;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportKind;
import io.weft.tests.faults.Reply;
import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** What a proxy cannot take it refuses with a reason that everybody sees; what dangles holds nothing else up. */
class RefusalTest {
    private static TestMesh mesh;
    private static EchoApplication cart;
    private static Sidecar client;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        cart = mesh.keep(new EchoApplication("cart"));
        mesh.sidecar("cart").offers("cart", 8080, cart.port(), "http").start();
        client = mesh.sidecar("client").start();
        client.awaitAnswer("http://cart:8080/");
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Test
    void aListenerThatCannotListenIsToldWithItsReasonAndListensOnceItCan() throws Exception {
        ServerSocket squatter = mesh.keep(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        int port = squatter.getLocalPort();
        Sidecar.Plan plan = mesh.sidecar("late").outboundPort(port);
        Proxy proxy = plan.launch();
        await().atMost(TestMesh.BOUND).untilAsserted(() -> {
            JsonNode status = proxy("late");
            assertThat(status.path("state").asString()).as(status.toString()).isEqualTo("rejected");
            assertThat(status.path("rejections").get(0).path("reason").asString())
                    .contains("listener outbound/" + port, "127.0.0.1:" + port, "in use");
        });
        assertThat(mesh.metrics("late").sum("weft_config_refusals_total", "kind", "revision"))
                .isPositive();
        assertThat(proxy.isReady()).isFalse();
        assertThat(mesh.rest().metrics().sum("weft_xds_proxies", "state", "rejected"))
                .isEqualTo(1);
        // The reason is found where a revision is asked about, and the answer does not take the whole wait.
        JsonNode revision = mesh.get("/revisions/"
                + mesh.get("/status").path("revision").asLong() + "/status?waitSeconds=" + TestMesh.BOUND.toSeconds());
        assertThat(revision.path("complete").asBoolean()).isFalse();
        assertThat(revision.toString()).contains("late", "outbound/" + port);

        squatter.close();
        Sidecar late = plan.await(proxy);
        await().atMost(TestMesh.BOUND)
                .until(() -> proxy("late").path("state").asString().equals("synced"));
        assertThat(late.get("http://cart:8080/").statusCode()).isEqualTo(200);
        late.close();
    }

    @Test
    void whoIsNotLetInIsShownWithTheReason() {
        String xds = mesh.server().xds();
        int port = Integer.parseInt(xds.substring(xds.lastIndexOf(':') + 1));
        InstantSource clock = InstantSource.system();
        SvidVerifier verifier = new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY);
        SpiffeId wanted = SpiffeId.parse("spiffe://" + mesh.server().trustDomain() + "/ns/shop/sa/cart");
        JoinToken other = JoinToken.parse(mesh.token("client"));
        try (EventLoops sockets = new EventLoops(TransportKind.NIO, 1, new Admission(16))) {
            ControlPlaneSigner thief = new ControlPlaneSigner(
                    new ControlPlaneChannels("127.0.0.1", port, new TlsContexts(clock, verifier), sockets),
                    wanted,
                    () -> other,
                    Duration.ZERO,
                    verifier,
                    clock);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> thief.sign(null)).hasMessageContaining("refused to sign");
            }
        }

        assertThat(mesh.get("/status").path("refusedJoins")).anySatisfy(join -> {
            assertThat(join.path("identity").asString()).isEqualTo(wanted.toString());
            assertThat(join.path("reason").asString())
                    .contains("asked for " + wanted)
                    .contains("is for " + other.claims().spiffeId())
                    .doesNotContain(other.encoded());
            assertThat(join.path("count").asInt()).isEqualTo(2);
        });
    }

    private static JsonNode proxy(String id) {
        return mesh.get("/status")
                .path("proxies")
                .valueStream()
                .filter(each -> each.path("id").asString().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError(id + " is not connected"));
    }

    @Test
    void aBackendThatIsNotThereFailsItsShareAndNothingElse() throws Exception {
        mesh.apply(route("absent", """
                backendRefs:
                    - {name: cart, port: 8080, weight: 1}
                    - {name: nowhere, port: 8080, weight: 1}
                """));
        int failed = 0;
        for (int i = 0; i < 40; i++) {
            HttpResponse<String> response = client.get("http://absent:8080/");
            if (response.statusCode() != 200) {
                assertThat(response.statusCode()).isEqualTo(500);
                Reply reply = Reply.of(response);
                assertThat(reply.cause()).isEqualTo("no_cluster");
                JsonNode record = mesh.request("client", reply.requestId());
                assertThat(record.path("flags").asString())
                        .as(record.toString())
                        .isEqualTo("NC");
                failed++;
            }
        }
        assertThat(failed).isBetween(1, 39);
        assertThat(mesh.metrics("client").sum("weft_requests_total", "response_flags", "NC"))
                .isEqualTo(failed);
        JsonNode conditions = mesh.get("/resources?kind=httproutes&namespace=shop&name=absent")
                .path("items")
                .get(0)
                .path("conditions");
        assertThat(conditions
                        .valueStream()
                        .filter(each -> each.path("type").asString().equals("ResolvedRefs"))
                        .toList())
                .singleElement()
                .satisfies(condition -> assertThat(condition.toString()).contains("BackendNotFound", "nowhere"));
        assertThat(weft(new GetCommand(), "httproutes", "absent")).contains("not ResolvedRefs (BackendNotFound)");
        assertThat(weft(new DescribeCommand(), "httproute", "absent", "-n", "shop"))
                .containsPattern("Accepted +true")
                .containsPattern("ResolvedRefs +false +BackendNotFound");
        assertThat(client.get("http://cart:8080/").statusCode()).isEqualTo(200);
    }

    @Test
    void redirectsAndRewritesAreCarriedOut() throws Exception {
        mesh.apply(route("moved", """
                matches: [{path: {type: PathPrefix, value: /old}}]
                    filters:
                    - type: RequestRedirect
                      requestRedirect:
                        scheme: https
                        hostname: shop.example
                        statusCode: 301
                        path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}
                  - matches: [{path: {type: PathPrefix, value: /api}}]
                    filters:
                    - type: URLRewrite
                      urlRewrite: {hostname: inner.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
                    backendRefs: [{name: cart, port: 8080}]
                """));
        HttpResponse<String> moved = client.get("http://moved:8080/old/shoes?size=7");
        assertThat(moved.statusCode()).isEqualTo(301);
        assertThat(moved.headers().firstValue("location")).contains("https://shop.example/new/shoes?size=7");

        HttpResponse<String> rewritten =
                client.send(HttpRequest.newBuilder(URI.create("http://moved:8080/api/v1/x?y=z")));
        assertThat(rewritten.statusCode()).isEqualTo(200);
        assertThat(cart.last("/v1/x?y=z").header("host")).containsExactly("inner.example");
    }

    private static String weft(Object command, String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(command).setOut(new PrintWriter(out));
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--server", mesh.server().rest(), "--token-file", mesh.server().tokenFile()));
        line.execute(all.toArray(String[]::new));
        return out.toString();
    }

    private static String route(String name, String rule) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: %1$s}
                spec: {ports: [{port: 8080, name: http, appProtocol: http}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %1$s}
                spec:
                  parentRefs: [{group: "", kind: Service, name: %1$s, port: 8080}]
                  rules:
                  - %2$s
                """.formatted(name, rule);
    }
}
