package io.weft.tests.faults.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cli.process.FreePorts;
import io.weft.tests.differential.EnvoyBinary;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.HttpConnection;
import io.weft.tests.faults.HttpConnection.Response;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.OsProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy with SVIDs of our authority: it is served and serves, and its bad certificates are refused. */
class EnvoyPeerTest {
    @Test
    void envoyIsAPeerOfTheMeshWhileItsCertificateIsGood(@TempDir Path directory) throws Exception {
        Path envoy = EnvoyBinary.require();
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Forger forger = Forger.ofMesh(mesh.server().state());
            Instance cart = mesh.instance("cart-1").serves("cart", 8080, "http").start();
            Instance web = mesh.client("web");
            List<Integer> ports = FreePorts.choose(4);
            forger.svid("envoy").forged().writeTo(directory.resolve("good.pem"));
            Flaw.EXPIRED.of(forger, "envoy").writeTo(directory.resolve("bad.pem"));
            Path config = Files.writeString(
                    directory.resolve("envoy.yaml"), config(directory, mesh, ports, cart.inboundPort()));
            OsProcess process = mesh.spawn(
                    new ProcessBuilder(
                            envoy.toString(),
                            "-c",
                            config.toString(),
                            "--use-dynamic-base-id",
                            "--concurrency",
                            "1",
                            "-l",
                            "warn"),
                    directory.resolve("envoy.log"));
            try {
                mesh.rest().apply(workload("envoy-good", ports.get(2)) + "---\n" + workload("envoy-bad", ports.get(3)));
                awaitListening(ports.get(3), process);

                assertThat(get(loopback(ports.get(0)), "cart.shop:8080").status())
                        .isEqualTo(200);
                assertThat(get(loopback(ports.get(1)), "cart.shop:8080").status())
                        .isEqualTo(503);
                assertThat(cart.metrics()
                                .sum("weft_tls_handshake_failures_total", "side", "server", "reason", "expired"))
                        .isPositive();
                Response served = get(web.outbound(), "envoy-good:8080");
                assertThat(served.status()).isEqualTo(200);
                assertThat(served.text()).isEqualTo("from envoy");
                assertThat(get(web.outbound(), "envoy-bad:8080").header("x-weft-cause"))
                        .isEqualTo("tls_expired");
            } finally {
                process.terminate();
                process.awaitEnd();
            }
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static void awaitListening(int port, OsProcess process) {
        await().atMost(FaultMesh.BOUND).until(() -> {
            assertThat(process.isAlive()).as(process.logText()).isTrue();
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
            } catch (java.io.IOException e) {
                return false;
            }
        });
    }

    private static Response get(InetSocketAddress proxy, String host) throws Exception {
        try (HttpConnection connection = new HttpConnection(proxy)) {
            return connection.send(
                    ("GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII),
                    false,
                    Duration.ofSeconds(20));
        }
    }

    private static String workload(String service, int port) {
        return """
                apiVersion: mesh.weft.io/v1
                kind: Workload
                metadata: {name: %1$s, namespace: shop}
                spec:
                  address: 127.0.0.1
                  inboundPort: %2$d
                  serviceAccount: envoy
                  services: [{name: %1$s, port: 8080, applicationPort: 8080, protocol: http}]
                """.formatted(service, port);
    }

    private static String config(Path directory, FaultMesh mesh, List<Integer> ports, int inboundPort) {
        String root = mesh.server().state().resolve("ca/root.pem").toString();
        return """
                static_resources:
                  listeners:
                %s%s%s%s
                  clusters:
                %s%s
                """.formatted(
                        forwarding("out-good", ports.get(0), "good"),
                        forwarding("out-bad", ports.get(1), "bad"),
                        serving("in-good", ports.get(2), directory.resolve("good.pem"), root),
                        serving("in-bad", ports.get(3), directory.resolve("bad.pem"), root),
                        cluster("good", inboundPort, directory.resolve("good.pem"), root),
                        cluster("bad", inboundPort, directory.resolve("bad.pem"), root));
    }

    private static String manager(String name, String action) {
        return """
                        filters:
                        - name: http
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                            stat_prefix: %s
                            http_filters:
                            - name: router
                              typed_config:
                                "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                            route_config:
                              virtual_hosts:
                              - name: all
                                domains: ["*"]
                                routes:
                                - match: {prefix: "/"}
                                  %s
                """.formatted(name, action);
    }

    private static String forwarding(String name, int port, String cluster) {
        return """
                  - name: %s
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    -
                %s""".formatted(name, port, manager(name, "route: {cluster: " + cluster + "}"))
                .indent(2);
    }

    private static String tls(String type, Path credential, String root, String more) {
        return """
                        transport_socket:
                          name: envoy.transport_sockets.tls
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.%1$s
                            %4$s
                            common_tls_context:
                              tls_certificates:
                              - certificate_chain: {filename: "%2$s"}
                                private_key: {filename: "%2$s"}
                              validation_context: {trusted_ca: {filename: "%3$s"}}
                """.formatted(type, credential, root, more);
    }

    private static String serving(String name, int port, Path credential, String root) {
        return """
                  - name: %s
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    -
                %s%s""".formatted(
                        name,
                        port,
                        manager(name, "direct_response: {status: 200, body: {inline_string: from envoy}}"),
                        tls("DownstreamTlsContext", credential, root, "require_client_certificate: true"))
                .indent(2);
    }

    private static String cluster(String name, int port, Path credential, String root) {
        return """
                  - name: %s
                    type: STATIC
                    connect_timeout: 5s
                    load_assignment:
                      cluster_name: %s
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                %s""".formatted(
                        name,
                        name,
                        port,
                        tls("UpstreamTlsContext", credential, root, "sni: 8080.cart.shop.svc.cluster.local")
                                .indent(-4))
                .indent(2);
    }
}
