package io.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.core.watch.Watched;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.tls.CertificateFiles;
import io.weft.proxy.tls.ConfiguredTls;
import io.weft.proxy.tls.PemFiles;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportKind;
import io.weft.proxy.upstream.Loops;
import io.weft.proxy.warmup.WarmUp;
import io.weft.proxy.workload.LocalWorkload;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
    private static final int REQUESTS = 16;
    private static final Logger LOGGER = Logger.getLogger("io.weft.proxy");

    @TempDir
    Path directory;

    private final Log log = new Log();
    private int admin;

    @BeforeEach
    void listen() {
        LOGGER.setLevel(Level.INFO);
        LOGGER.addHandler(log);
    }

    @AfterEach
    void leave() {
        LOGGER.removeHandler(log);
        LOGGER.setLevel(null);
    }

    @Test
    void requestsOfItsOwnLeaveNoTraceButALineOfItsLog() throws Exception {
        try (ServerSocket application = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Proxy proxy = proxy(application.getLocalPort(), REQUESTS)) {
            await().until(proxy::isReady);

            assertThat(messages()).anyMatch(line -> line.startsWith("warmed up by " + REQUESTS + " requests"));
            assertThat(messages()).noneMatch(line -> line.contains("warm-up"));
            String metrics = page("/metrics");
            assertThat(metrics).doesNotContain("warm-up");
            assertThat(metrics.lines().filter(line -> line.startsWith("weft_tls_handshakes_total")))
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith(" 0"));
            assertThat(metrics).contains("weft_requests_total").doesNotContain("weft_requests_total{");
            assertThat(page("/clusters")).contains("application").doesNotContain("warm-up");
            assertThat(page("/listeners").lines())
                    .singleElement()
                    .asString()
                    .startsWith("only ")
                    .endsWith("connections 0");
            assertThat(directory.resolve("access.log")).isEmptyFile();
            application.setSoTimeout(1);
            assertThat(accepts(application)).as("an endpoint was connected to").isFalse();
        }
    }

    @Test
    void moreRequestsThanTheBoundHasTimeForDoNotKeepItFromBeingReady() throws Exception {
        try (Proxy proxy = proxy(1, 100_000)) {
            assertThat(status("/ready")).isEqualTo("503 warming up");
            await().atMost(WarmUp.BOUND.multipliedBy(3)).until(proxy::isReady);
            assertThat(status("/ready")).isEqualTo("200 ready");
            assertThat(messages())
                    .anyMatch(line -> line.matches("warmed up by [1-9]\\d* of 100000 requests.*too long"));
        }
    }

    @Test
    void whatGoesWrongEndsItAndIsTold() {
        SpiffeId id = SpiffeId.parse("spiffe://example.org/ns/shop/sa/cart");
        TlsContexts contexts = new TlsContexts(InstantSource.system(), new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));
        // It has the name of an identity, and none to show.
        ConfiguredTls tls = new ConfiguredTls(contexts, new CertificateFiles(), null);
        try (SystemScheduler control = new SystemScheduler("control");
                EventLoops sockets = new EventLoops(TransportKind.NIO, 1, new Admission(10));
                WarmUp warmUp = WarmUp.begin(
                        new WarmUp.Parts(
                                sockets,
                                Loops.of(sockets.loops(), Ticker.system()),
                                tls,
                                new LocalWorkload("shop", "cart", "cart", Map.of(), id),
                                new Watched<>(ConfigSnapshot.EMPTY),
                                "",
                                control),
                        REQUESTS)) {
            await().until(warmUp::isOver);
            await().until(() -> messages().stream()
                    .anyMatch(line -> line.startsWith("the warm-up ended after 0 requests")
                            && line.contains("started without one")));
        }
    }

    private List<String> messages() {
        return List.copyOf(log.messages);
    }

    private static final class Log extends Handler {
        final Queue<String> messages = new ConcurrentLinkedQueue<>();

        @Override
        public void publish(LogRecord entry) {
            messages.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static boolean accepts(ServerSocket socket) {
        try {
            socket.accept().close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private String page(String path) throws IOException {
        try (var body = URI.create("http://127.0.0.1:" + admin + path).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String status(String path) throws IOException {
        HttpURLConnection asked = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + admin + path).toURL().openConnection();
        int status = asked.getResponseCode();
        try (var body = status < 400 ? asked.getInputStream() : asked.getErrorStream()) {
            return status + " " + new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** With a certificate for its cluster, so that it has TLS to speak with itself. */
    private Proxy proxy(int application, int requests) throws Exception {
        TestAuthority authority = new TestAuthority("example.org");
        KeyPair key = TestAuthority.newKey();
        X509Certificate certificate = authority.issue(new Leaf("spiffe://example.org/ns/shop/sa/web"), key);
        Files.writeString(directory.resolve("own.pem"), PemFiles.encode(certificate));
        Files.writeString(directory.resolve("own.key"), PemFiles.encode(key.getPrivate()));
        Files.writeString(directory.resolve("ca.pem"), PemFiles.encode(authority.root()));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            admin = free.getLocalPort();
        }
        Path bootstrap = Files.writeString(directory.resolve("bootstrap.yaml"), """
                admin: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                static_resources:
                  listeners:
                  - name: only
                    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                    filter_chains:
                    - filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: only
                          access_log:
                          - name: envoy.access_loggers.file
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                              path: "%s/access.log"
                          route_config:
                            name: only
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes: [{match: {prefix: /}, route: {cluster: application}}]
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - name: application
                    type: STATIC
                    connect_timeout: 1s
                    load_assignment:
                      cluster_name: application
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config: {http2_protocol_options: {}}
                    transport_socket:
                      name: envoy.transport_sockets.tls
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                        common_tls_context:
                          tls_certificates:
                          - certificate_chain: {filename: "%s/own.pem"}
                            private_key: {filename: "%s/own.key"}
                          validation_context: {trusted_ca: {filename: "%s/ca.pem"}}
                """.formatted(
                        admin, directory, application, directory, directory, directory));
        return Proxy.start(new ProxyOptions(
                bootstrap,
                null,
                directory.resolve("state"),
                TransportKind.NIO,
                1,
                Duration.ofSeconds(1),
                SvidVerifier.DEFAULT_LEEWAY,
                requests));
    }
}
