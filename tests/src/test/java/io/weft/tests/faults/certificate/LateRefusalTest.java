package io.weft.tests.faults.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cli.process.FreePorts;
import io.weft.tests.faults.AccessLog;
import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.HttpConnection;
import io.weft.tests.faults.HttpConnection.Response;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.OsProcess;
import io.weft.tests.faults.Reply;
import io.weft.tests.faults.Witness;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In TLS 1.3 a client learns that its certificate is refused when its own handshake is over and its request under way. Between two of our proxies the alert
 * always arrives, and the request is known to be unprocessed.
 */
class LateRefusalTest {
    @Test
    void aClientOfOursHearsWhyItWasRefused(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance cart = mesh.instance("cart-1").serves("cart", 8080, "http").start();
            List<Integer> ports = FreePorts.choose(2);
            Path credential = Flaw.EXPIRED
                    .of(Forger.ofMesh(mesh.server().state()), "web")
                    .writeTo(directory.resolve("expired.pem"));
            Path config = Files.writeString(
                    directory.resolve("client.yaml"),
                    bootstrap(
                            ports,
                            cart.inboundPort(),
                            credential,
                            mesh.server().state().resolve("ca/root.pem")));
            OsProcess client = mesh.spawn(
                    mesh.weft()
                            .builder(List.of(
                                    "proxy",
                                    "-c",
                                    config.toString(),
                                    "--state-dir",
                                    directory.resolve("client").toString())),
                    directory.resolve("client.log"));
            URI admin = URI.create("http://127.0.0.1:" + ports.get(1));
            await().atMost(FaultMesh.BOUND)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> Metrics.scrape(admin).has("weft_tls_handshakes_total"));

            int each = Counts.of(100);
            List<Reply> replies = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                replies.add(refused(post(ports.get(0), "h1")));
                replies.add(refused(post(ports.get(0), "h2")));
            }

            assertThat(cart.journal().answered()).isEmpty();
            String metric = "weft_tls_handshake_failures_total";
            assertThat(cart.metrics().sum(metric, "side", "server", "reason", "expired"))
                    .isEqualTo(2 * each);
            assertThat(Metrics.scrape(admin).sum(metric, "side", "client", "reason", "refused_by_peer"))
                    .isEqualTo(2 * each);
            Witness witness = new Witness(() -> new AccessLog(client.log()).failed(), () -> Metrics.scrape(admin));
            witness.assertTold(replies);
            witness.assertAgree();
            assertThat(client.logText()).contains("refused_by_peer: ").contains("alert certificate_expired");
        }
    }

    private static Reply refused(Response response) {
        assertThat(response.header("x-weft-cause")).isEqualTo("tls_refused_by_peer");
        assertThat(response.status()).isEqualTo(503);
        return Reply.of(response);
    }

    /** With a body, so that bytes are on their way when the server closes. */
    private static Response post(int port, String version) throws Exception {
        try (HttpConnection connection =
                new HttpConnection(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            String body = "x".repeat(5_000);
            return connection.send(
                    ("POST / HTTP/1.1\r\nhost: " + version + "\r\ncontent-length: 5000\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII),
                    false,
                    Duration.ofSeconds(20));
        }
    }

    private static String bootstrap(List<Integer> ports, int inboundPort, Path credential, Path root) {
        return """
                admin: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                static_resources:
                  listeners:
                  - name: out
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: http
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: out
                          access_log:
                          - name: log
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                              log_format:
                                json_format:
                                  requestId: "%%STREAM_ID%%"
                                  status: "%%RESPONSE_CODE%%"
                                  flags: "%%RESPONSE_FLAGS%%"
                                  details: "%%RESPONSE_CODE_DETAILS%%"
                          http_filters:
                          - name: router
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                          route_config:
                            virtual_hosts:
                            - {name: h1, domains: ["h1"], routes: [{match: {prefix: "/"}, route: {cluster: h1}}]}
                            - {name: h2, domains: ["h2"], routes: [{match: {prefix: "/"}, route: {cluster: h2}}]}
                  clusters:
                %s%s""".formatted(
                        ports.get(1),
                        ports.get(0),
                        cluster("h1", "http_protocol_options", inboundPort, credential, root),
                        cluster("h2", "http2_protocol_options", inboundPort, credential, root));
    }

    private static String cluster(String name, String options, int port, Path credential, Path root) {
        return """
                - name: %1$s
                  type: STATIC
                  connect_timeout: 5s
                  load_assignment:
                    cluster_name: %1$s
                    endpoints:
                    - lb_endpoints:
                      - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %3$d}}}
                  typed_extension_protocol_options:
                    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                      explicit_http_config: {%2$s: {}}
                  transport_socket:
                    name: envoy.transport_sockets.tls
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                      sni: 8080.cart.shop.svc.cluster.local
                      common_tls_context:
                        tls_certificates:
                        - certificate_chain: {filename: "%4$s"}
                          private_key: {filename: "%4$s"}
                        validation_context: {trusted_ca: {filename: "%5$s"}}
                """.formatted(name, options, port, credential, root).indent(2);
    }
}
