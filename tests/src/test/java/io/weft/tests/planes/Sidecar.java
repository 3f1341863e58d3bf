package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.core.identity.PrivateFiles;
import io.weft.proxy.Proxy;
import io.weft.proxy.ProxyOptions;
import io.weft.proxy.transport.TransportKind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A workload's proxy, and how its application uses it. */
public final class Sidecar implements AutoCloseable {
    /** Of proxies in tests: the default, unless -Dweft.transport says otherwise. */
    public static final @Nullable TransportKind TRANSPORT =
            TransportKind.named(System.getProperty("weft.transport", "auto"));

    private static final int LOOPS = 1;

    private final Plan plan;
    private final Proxy proxy;
    private final HttpClient client;

    private Sidecar(Plan plan, Proxy proxy) {
        this.plan = plan;
        this.proxy = proxy;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(outbound()))
                .build();
    }

    /** What a sidecar is started with. */
    public static final class Plan {
        private final TestMesh mesh;
        private final Path state;
        private final String workload;
        private final List<String> services = new ArrayList<>();
        private final Map<String, String> labels = new TreeMap<>();
        private String serviceAccount;
        private int outboundPort;
        private Duration drain = Duration.ofSeconds(10);
        private @Nullable TransportKind transport = TRANSPORT;

        Plan(TestMesh mesh, Path state, String workload) {
            this.mesh = mesh;
            this.state = state;
            this.workload = workload;
            this.serviceAccount = workload;
        }

        public Plan serviceAccount(String name) {
            serviceAccount = name;
            return this;
        }

        /** How long requests may take to end at a drain. */
        public Plan drain(Duration bound) {
            drain = bound;
            return this;
        }

        /** Instead of {@link #TRANSPORT}. */
        public Plan transport(TransportKind kind) {
            transport = kind;
            return this;
        }

        /** Instead of a port that is free. */
        public Plan outboundPort(int port) {
            outboundPort = port;
            return this;
        }

        public Plan label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        public Plan offers(String service, int port, int applicationPort, String protocol) {
            services.add("{name: %s, port: %d, applicationPort: %d, protocol: \"%s\"}"
                    .formatted(service, port, applicationPort, protocol));
            return this;
        }

        /** Starts it; returns when it has its configuration and listens. */
        public Sidecar start() throws Exception {
            return await(launch());
        }

        /** Starts it, and does not wait. */
        public Proxy launch() throws Exception {
            Files.createDirectories(state);
            PrivateFiles.write(
                    state.resolve("token"), mesh.token(serviceAccount).getBytes(StandardCharsets.US_ASCII));
            Files.writeString(state.resolve("bootstrap.yaml"), bootstrap());
            return run();
        }

        private Proxy run() throws Exception {
            return mesh.keep(Proxy.start(new ProxyOptions(
                    state.resolve("bootstrap.yaml"),
                    state.resolve("token"),
                    state.resolve("state"),
                    transport,
                    LOOPS,
                    drain)));
        }

        /** The sidecar of a proxy that was launched, once it has its configuration and listens. */
        public Sidecar await(Proxy proxy) throws Exception {
            Awaitility.await().atMost(TestMesh.BOUND).until(proxy::isReady);
            return mesh.keep(new Sidecar(this, proxy));
        }

        private String bootstrap() {
            String[] control = mesh.server().xds().split(":", 2);
            List<String> labelling = new ArrayList<>();
            labels.forEach((key, value) -> labelling.add(key + ": " + value));
            return """
                    node:
                      id: %s
                      cluster: %s
                      metadata:
                        weft:
                          namespace: shop
                          workload: %s
                          serviceAccount: %s
                          trustDomain: %s
                          address: 127.0.0.1
                          inboundAddress: 127.0.0.1
                          outboundPort: %s
                    %s
                          labels: {%s}
                          services: [%s]
                    dynamic_resources:
                      lds_config: {ads: {}, resource_api_version: V3}
                      cds_config: {ads: {}, resource_api_version: V3}
                      ads_config:
                        api_type: DELTA_GRPC
                        transport_api_version: V3
                        grpc_services: [{envoy_grpc: {cluster_name: control-plane}}]
                    static_resources:
                      clusters:
                      - name: control-plane
                        type: STATIC
                        connect_timeout: 5s
                        load_assignment:
                          cluster_name: control-plane
                          endpoints:
                          - lb_endpoints:
                            - endpoint: {address: {socket_address: {address: %s, port_value: %s}}}
                        typed_extension_protocol_options:
                          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                            explicit_http_config: {http2_protocol_options: {}}
                        transport_socket:
                          name: envoy.transport_sockets.tls
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                            common_tls_context:
                              tls_certificate_sds_secret_configs:
                              - {name: "weft:svid", sds_config: {ads: {}, resource_api_version: V3}}
                              validation_context_sds_secret_config:
                                {name: "weft:bundle", sds_config: {ads: {}, resource_api_version: V3}}
                    """.formatted(
                            workload,
                            workload,
                            workload,
                            serviceAccount,
                            mesh.server().trustDomain(),
                            outboundPort,
                            services.isEmpty() ? "" : "      inboundPort: 0",
                            String.join(", ", labelling),
                            String.join(", ", services),
                            control[0],
                            control[1]);
        }
    }

    /** On the same state, after it was closed. */
    public Sidecar startAgain() throws Exception {
        return plan.await(plan.run());
    }

    public InetSocketAddress outbound() {
        return address("outbound/");
    }

    public InetSocketAddress inbound() {
        return address("inbound/");
    }

    private InetSocketAddress address(String prefix) {
        return proxy.addresses().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        plan.workload + " has no listener " + prefix + ", only " + proxy.addresses()))
                .getValue();
    }

    public Proxy proxy() {
        return proxy;
    }

    /** What an application with a proxy setting uses. */
    public HttpClient client() {
        return client;
    }

    public HttpResponse<String> get(String uri) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(uri)));
    }

    public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(TestMesh.BOUND).build(), BodyHandlers.ofString());
    }

    /** Returns when this is answered with 200: the service's instances are known here. */
    public void awaitAnswer(String uri) {
        Awaitility.await()
                .atMost(TestMesh.BOUND)
                .untilAsserted(() -> assertThat(get(uri).statusCode()).isEqualTo(200));
    }

    @Override
    public void close() {
        client.shutdownNow();
        proxy.close();
    }
}
