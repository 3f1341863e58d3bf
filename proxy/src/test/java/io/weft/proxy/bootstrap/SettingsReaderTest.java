package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Struct;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.proxy.bootstrap.BootstrapSettings.AdsSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsReaderTest {
    private static final String GOOD = """
            node: {id: n1, cluster: shop}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}
            dynamic_resources:
              lds_config: {ads: {}, resource_api_version: V3}
              cds_config: {ads: {}}
              ads_config:
                api_type: DELTA_GRPC
                transport_api_version: V3
                grpc_services: [{envoy_grpc: {cluster_name: xds}}]
            static_resources:
              listeners:
              - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - filters:
                  - name: tcp
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                      stat_prefix: tcp
                      cluster: xds
              clusters:
              - name: xds
                type: STATIC
                load_assignment:
                  cluster_name: xds
                  endpoints:
                  - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15010}}}
            """;

    @Test
    void aFileBecomesSettings() throws Exception {
        BootstrapSettings settings = read(GOOD);
        assertThat(settings.node().id()).isEqualTo("n1");
        assertThat(settings.node().cluster()).isEqualTo("shop");
        assertThat(settings.admin()).isEqualTo(new Address("127.0.0.1", 15000));
        assertThat(settings.ads()).isEqualTo(new AdsSettings("xds", true, true));
        assertThat(settings.listeners()).extracting(Listener::name).containsExactly("static-0");
        assertThat(settings.clusters()).extracting(Cluster::name).containsExactly("xds");
    }

    @Test
    void anEmptyMessageGivesDefaults() throws Exception {
        BootstrapSettings settings = read("{}");
        assertThat(settings.node()).isEqualTo(ProxyNode.of("", ""));
        assertThat(settings.admin()).isNull();
        assertThat(settings.ads()).isNull();
        assertThat(settings.listeners()).isEmpty();
        assertThat(settings.clusters()).isEmpty();
    }

    @Test
    void whatWeftDoesNotHonourIsRefusedWithItsLine() {
        assertThat(errors(
                        "node: {id: a}\nlayered_runtime: {layers: [{name: a}]}\nadmin: {access_log_path: /dev/null}\n"))
                .containsExactly(
                        "f:2: layered_runtime: Weft does not honour this field",
                        "f:3: admin.access_log_path: Weft does not honour this field",
                        "f:3: admin.address.socket_address: expected the address of the admin server");
        assertThat(errors(GOOD.replace("lds_config: {ads: {}", "lds_config: {ads: {}, initial_fetch_timeout: 1s")))
                .containsExactly(
                        "f:4: dynamic_resources.lds_config.initial_fetch_timeout: Weft does not honour this field");
    }

    @Test
    void theBoundOfConnectionsIsEnvoysResourceMonitor() throws Exception {
        String monitor = """
                overload_manager:
                  resource_monitors:
                  - name: envoy.resource_monitors.global_downstream_max_connections
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
                      max_active_downstream_connections: 500
                """;
        assertThat(read(monitor).maxDownstreamConnections()).isEqualTo(500);
        assertThat(errors(monitor.replace("500", "0")))
                .containsExactly(
                        "f:6: overload_manager.resource_monitors[0].typed_config.max_active_downstream_connections:"
                                + " \"0\": expected at least 1");
        assertThat(errors(monitor + "  actions: [{name: envoy.overload_actions.shrink_heap}]\n"))
                .containsExactly("f:7: overload_manager.actions: Weft does not honour this field");
    }

    @Test
    void whatAParserFindsHasItsLine() {
        assertThat(errors(GOOD.replace("    type: STATIC", "    type: STATIC\n    track_cluster_stats: {}")))
                .containsExactly(
                        "f:23: static_resources.clusters[0].track_cluster_stats: Weft does not honour this field");
        assertThat(errors(GOOD.replace("stat_prefix: tcp", "stat_prefix: tcp\n          upstream_idle_timeout: 3s")))
                .containsExactly(
                        "f:19: static_resources.listeners[0].filter_chains[0].filters[0].typed_config.upstream_idle_timeout:"
                                + " Weft does not honour this field");
    }

    @Test
    void anAdsSourceMustBeOneThatWeftSpeaks() {
        assertThat(errors(GOOD.replace("DELTA_GRPC", "REST")))
                .containsExactly("f:7: dynamic_resources.ads_config.api_type: \"REST\": expected DELTA_GRPC");
        assertThat(errors(GOOD.replace("cluster_name: xds}}]", "cluster_name: xdss}}]")))
                .containsExactly("f:9: dynamic_resources.ads_config.grpc_services[0].envoy_grpc.cluster_name: \"xdss\":"
                        + " expected the name of a static cluster (did you mean \"xds\"?)");
        assertThat(errors("dynamic_resources:\n  cds_config: {path: /etc/cds.yaml}\n"))
                .containsExactly(
                        "f:1: dynamic_resources.ads_config: expected ads_config, since listeners or clusters come from ads",
                        "f:2: dynamic_resources.cds_config.path: Weft does not honour this field",
                        "f:2: dynamic_resources.cds_config: expected ads: {}");
    }

    @Test
    void whatWouldComeFromAdsNeedsIt() {
        String cluster = "{name: a, type: EDS, eds_cluster_config: {service_name: b, eds_config: {ads: {}}}}";
        assertThat(errors("static_resources:\n  clusters:\n  - " + cluster + "\n"))
                .containsExactly(
                        "f:3: static_resources.clusters[0].eds_cluster_config: \"b\": what it names comes from ads, so"
                                + " expected dynamic_resources.ads_config");
    }

    @Test
    void namesMustDiffer() {
        String cluster = "{name: a, type: STATIC, load_assignment: {cluster_name: a}}";
        assertThat(errors("static_resources:\n  clusters:\n  - " + cluster + "\n  - " + cluster + "\n"))
                .containsExactly("f:4: static_resources.clusters[1].name: \"a\": expected a name that no other has");
    }

    @Test
    void weftMetadataIsAddedToTheNode() throws Exception {
        ProxyNode node = read("node: {id: a, metadata: {weft: {namespace: x, version: \"1\"}, other: 2}}")
                .node()
                .withWeftMetadata(Map.of("namespace", "shop", "services", List.of(Map.of("port", 80, "tls", true))));
        assertThat(metadata(node))
                .isEqualTo(metadata(
                        read("node: {id: a, metadata: {weft: {version: \"1\", namespace: shop, services: [{port: 80, tls: true}]},"
                                        + " other: 2}}")
                                .node()));
    }

    private static Struct metadata(ProxyNode node) throws Exception {
        return Node.parseFrom(node.message()).getMetadata();
    }

    private static BootstrapSettings read(String text) throws InvalidInputException {
        return SettingsReader.read(BootstrapReader.read("f", text));
    }

    private static List<String> errors(String text) {
        List<String> errors = new java.util.ArrayList<>();
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> read(text))
                .satisfies(e -> e.violations().stream().map(Violation::toString).forEach(errors::add));
        return errors;
    }
}
