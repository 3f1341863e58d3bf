package io.weft.tests.faults.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.weft.cli.process.FreePorts;
import io.weft.core.identity.PrivateFiles;
import io.weft.engine.xds.ResourceType;
import io.weft.proxy.Proxy;
import io.weft.proxy.ProxyOptions;
import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxy with static resources and a foreign server beside them: junk is refused with its reason, and nothing else suffers. */
class ForeignServerTest {
    private static final String CLUSTER = ResourceType.CLUSTER.typeUrl();
    private static final String LISTENER = ResourceType.LISTENER.typeUrl();
    private static final String ROUTES = ResourceType.ROUTE_CONFIGURATION.typeUrl();

    private final HttpClient http = HttpClient.newHttpClient();
    private ForeignServer server;
    private EchoApplication application;
    private Proxy proxy;
    private int port;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        server = new ForeignServer();
        application = new EchoApplication("app");
        List<Integer> ports = FreePorts.choose(2);
        port = ports.getFirst();
        Path bootstrap = directory.resolve("bootstrap.yaml");
        Files.writeString(bootstrap, bootstrap(ports.getLast()));
        Path state = directory.resolve("state");
        PrivateFiles.ensureDirectory(state);
        proxy = Proxy.start(
                new ProxyOptions(bootstrap, state.resolve("no-token"), state, null, 1, java.time.Duration.ZERO));
        server.send(CLUSTER, ForeignServer.resource("app", "1", cluster("app")));
        server.send(LISTENER, ForeignServer.resource("dynamic", "1", listener("dynamic", port, inline("app"))));
        await().atMost(TestMesh.BOUND).until(() -> proxy.addresses().containsKey("dynamic"));
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        application.close();
        server.close();
        http.shutdownNow();
    }

    @Test
    void junkIsRefusedWithItsReasonAndTheLastGoodConfigurationStays() throws Exception {
        assertThat(get("static")).isEqualTo(200);
        assertThat(get("dynamic")).isEqualTo(200);

        Any garbage = Any.newBuilder()
                .setTypeUrl(CLUSTER)
                .setValue(ByteString.copyFromUtf8("\u0007not protobuf at all"))
                .build();
        assertThat(server.send(CLUSTER, ForeignServer.resource("app", "2", garbage)))
                .contains("cluster app");
        Cluster late = cluster("app").toBuilder()
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .build();
        assertThat(server.send(CLUSTER, ForeignServer.resource("app", "3", late)))
                .contains("cluster app", "connect_timeout");
        assertThat(server.send(LISTENER, ForeignServer.resource("dynamic", "2", cluster("app"))))
                .contains("listener dynamic");
        assertThat(server.send("type.googleapis.com/envoy.config.bootstrap.v3.Bootstrap"))
                .contains("were not asked for");

        assertThat(get("static")).isEqualTo(200);
        assertThat(get("dynamic")).isEqualTo(200);
        // After a fix all is well, without a restart.
        assertThat(server.send(CLUSTER, ForeignServer.resource("app", "4", cluster("app"))))
                .isEmpty();
        assertThat(get("dynamic")).isEqualTo(200);
    }

    @Test
    void whatDanglesHoldsNothingElseUp() throws Exception {
        List<Integer> ports = FreePorts.choose(2);
        HttpConnectionManager.Builder absent = manager()
                .setRds(Rds.newBuilder()
                        .setRouteConfigName("nowhere")
                        .setConfigSource(ConfigSource.newBuilder()
                                .setResourceApiVersion(ApiVersion.V3)
                                .setAds(AggregatedConfigSource.getDefaultInstance())));
        server.send(
                LISTENER,
                ForeignServer.resource("dangling", "1", listener("dangling", ports.getFirst(), absent)),
                ForeignServer.resource("other", "1", listener("other", ports.getLast(), inline("app"))));
        await().atMost(TestMesh.BOUND).until(() -> proxy.addresses().containsKey("other"));
        assertThat(get("other")).isEqualTo(200);
        assertThat(proxy.addresses()).doesNotContainKey("dangling");

        server.send(DeltaDiscoveryResponse.newBuilder().setTypeUrl(ROUTES).addRemovedResources("nowhere"));
        await().atMost(TestMesh.BOUND).until(() -> proxy.addresses().containsKey("dangling"));
        assertThat(get("dangling")).isEqualTo(404);
    }

    @Test
    void aListenerWhosePortIsTakenListensOnceItIsFree() throws Exception {
        try (ServerSocket squatter = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.send(
                    LISTENER,
                    ForeignServer.resource("late", "1", listener("late", squatter.getLocalPort(), inline("app"))));
            assertThat(get("dynamic")).isEqualTo(200);
            assertThat(proxy.addresses()).doesNotContainKey("late");
        }
        await().atMost(TestMesh.BOUND).until(() -> proxy.addresses().containsKey("late"));
        assertThat(get("late")).isEqualTo(200);
    }

    private int get(String listener) throws IOException, InterruptedException {
        int at = Objects.requireNonNull(proxy.addresses().get(listener), listener)
                .getPort();
        URI uri = URI.create("http://127.0.0.1:" + at + "/");
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                .statusCode();
    }

    private Cluster cluster(String name) {
        return Cluster.newBuilder()
                .setName(name)
                .setType(Cluster.DiscoveryType.STATIC)
                .setConnectTimeout(Duration.newBuilder().setSeconds(5))
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .setClusterName(name)
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder().setAddress(address(application.port()))))))
                .build();
    }

    private static Address address(int port) {
        return Address.newBuilder()
                .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
                .build();
    }

    private static HttpConnectionManager.Builder manager() {
        return HttpConnectionManager.newBuilder()
                .setStatPrefix("test")
                .addHttpFilters(HttpFilter.newBuilder()
                        .setName("envoy.filters.http.router")
                        .setTypedConfig(Any.pack(Router.getDefaultInstance())));
    }

    private static HttpConnectionManager.Builder inline(String cluster) {
        return manager()
                .setRouteConfig(RouteConfiguration.newBuilder()
                        .setName("inline")
                        .addVirtualHosts(VirtualHost.newBuilder()
                                .setName("all")
                                .addDomains("*")
                                .addRoutes(Route.newBuilder()
                                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                        .setRoute(RouteAction.newBuilder().setCluster(cluster)))));
    }

    private static Message listener(String name, int port, HttpConnectionManager.Builder manager) {
        return Listener.newBuilder()
                .setName(name)
                .setAddress(address(port))
                .addFilterChains(FilterChain.newBuilder()
                        .addFilters(Filter.newBuilder()
                                .setName("envoy.filters.network.http_connection_manager")
                                .setTypedConfig(Any.pack(manager.build()))))
                .build();
    }

    private String bootstrap(int staticPort) {
        return """
                node: {id: foreign-1, cluster: test}
                dynamic_resources:
                  lds_config: {ads: {}, resource_api_version: V3}
                  cds_config: {ads: {}, resource_api_version: V3}
                  ads_config:
                    api_type: DELTA_GRPC
                    transport_api_version: V3
                    grpc_services: [{envoy_grpc: {cluster_name: control-plane}}]
                static_resources:
                  listeners:
                  - name: static
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: static
                          route_config:
                            name: static
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes: [{match: {prefix: /}, route: {cluster: static-app}}]
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - name: static-app
                    type: STATIC
                    connect_timeout: 5s
                    load_assignment:
                      cluster_name: static-app
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                  - name: control-plane
                    type: STATIC
                    connect_timeout: 5s
                    load_assignment:
                      cluster_name: control-plane
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config: {http2_protocol_options: {}}
                """.formatted(staticPort, application.port(), server.port());
    }
}
