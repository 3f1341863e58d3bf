package io.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.transport.TransportKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More clients than a listener takes handshakes of. */
class HandshakeFloodTest {
    private static final int CLIENTS = 100;

    @Test
    void aFloodOfHandshakesIsServedAtItsRateAndHoldsNoOneUpForLong(@TempDir Path directory) throws Exception {
        try (Proxy proxy = Proxy.start(
                new ProxyOptions(bootstrap(directory), null, directory, TransportKind.NIO, 1, Duration.ofSeconds(1)))) {
            await().until(proxy::isReady);
            InetSocketAddress tls = Objects.requireNonNull(proxy.addresses().get("tls"));
            int admin = Integer.parseInt(Files.readString(directory.resolve("admin-port")));
            SSLContext trusting = SSLContext.getInstance("TLS");
            trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            List<SSLSocket> sockets = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                sockets.add((SSLSocket) trusting.getSocketFactory().createSocket(tls.getAddress(), tls.getPort()));
            }
            long served = 0;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Boolean>> flood = sockets.stream()
                        .map(socket -> threads.submit(() -> answers(socket)))
                        .toList();
                for (Future<Boolean> one : flood) {
                    served += one.get() ? 1 : 0;
                }
            }
            // 40 a second: those who come at once wait for a second at most.
            assertThat(served).isBetween(10L, 60L);
            assertThat(metric(admin, "weft_tls_handshakes_total{side=\"server\"}"))
                    .isEqualTo(served);
            assertThat(metric(admin, "weft_tls_handshakes_deferred_total")).isPositive();
            assertThat(metric(admin, "weft_tls_handshake_failures_total{side=\"server\",reason=\"rate_limited\"}"))
                    .isEqualTo(CLIENTS - served);
            assertThat(answers((SSLSocket) trusting.getSocketFactory().createSocket(tls.getAddress(), tls.getPort())))
                    .isTrue();
        }
    }

    private static boolean answers(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(20_000);
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            return false;
        }
    }

    private static long metric(int admin, String name) throws IOException {
        try (var body =
                URI.create("http://127.0.0.1:" + admin + "/metrics").toURL().openStream()) {
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            Matcher found = Pattern.compile("^" + Pattern.quote(name) + " (\\d+)$", Pattern.MULTILINE)
                    .matcher(text);
            assertThat(found.find()).as(name).isTrue();
            return Long.parseLong(found.group(1));
        }
    }

    private static Path bootstrap(Path directory) throws IOException {
        TestAuthority authority = new TestAuthority("example.org");
        KeyPair key = TestAuthority.newKey();
        Path chain = pem(directory, "CERTIFICATE", encoded(authority, key));
        Path privateKey = pem(directory, "PRIVATE KEY", key.getPrivate().getEncoded());
        int admin;
        try (Socket free = new Socket()) {
            free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            admin = free.getLocalPort();
        }
        Files.writeString(directory.resolve("admin-port"), Integer.toString(admin));
        return Files.writeString(directory.resolve("bootstrap.yaml"), """
                node: {id: flood, metadata: {weft: {maxHandshakesPerSecond: 40}}}
                admin: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                static_resources:
                  listeners:
                  - name: tls
                    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                    filter_chains:
                    - transport_socket:
                        name: envoy.transport_sockets.tls
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                          common_tls_context:
                            tls_certificates:
                            - certificate_chain: {filename: "%s"}
                              private_key: {filename: "%s"}
                      filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: tls
                          route_config:
                            name: all
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes: [{match: {prefix: /}, direct_response: {status: 200}}]
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                """.formatted(admin, chain, privateKey));
    }

    private static byte[] encoded(TestAuthority authority, KeyPair key) {
        try {
            return authority.issue(new Leaf().dns("a"), key).getEncoded();
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path pem(Path directory, String label, byte[] der) throws IOException {
        return Files.writeString(
                directory.resolve(label.replace(' ', '-') + ".pem"),
                "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                        + "-----\n");
    }
}
