package io.weft.engine.xds;

import static io.weft.engine.xds.Texts.message;
import static io.weft.engine.xds.Texts.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.ClientCertificate;
import io.weft.engine.config.HttpConnectionManager.Codec;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.config.TcpProxy;
import org.junit.jupiter.api.Test;

class ListenerParserTest {
    private static final String ADDRESS = "address { socket_address { address: '0.0.0.0' port_value: 1 } }";
    private static final String ROUTER =
            "http_filters { name: 'r' typed_config { [type.googleapis.com/envoy.extensions.filters.http.router.v3.Router] {} } }";

    private static Parsed<Listener> parse(String text) {
        return ResourceType.LISTENER.parse(
                message(io.envoyproxy.envoy.config.listener.v3.Listener.getDefaultInstance(), text));
    }

    private static String http(String manager) {
        return "name: 'l' " + ADDRESS + " filter_chains { filters { name: 'h' typed_config {"
                + " [type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager] { "
                + manager + " } } } }";
    }

    private static HttpConnectionManager manager(String manager) {
        Parsed<Listener> parsed = parse(http(manager));
        assertThat(texts(parsed.errors())).isEmpty();
        Listener listener = parsed.value();
        if (listener == null) {
            throw new AssertionError("no value");
        }
        return (HttpConnectionManager) listener.filterChains().getFirst().filter();
    }

    @Test
    void absentFieldsMeanWhatTheyMeanInEnvoy() {
        HttpConnectionManager manager = manager("rds { route_config_name: 'r' config_source { ads {} } } " + ROUTER);
        assertThat(manager.routes()).isEqualTo(new RouteSource.Rds("r"));
        assertThat(manager.codec()).isEqualTo(Codec.AUTO);
        assertThat(manager.timeouts().streamIdleMillis()).isEqualTo(300_000);
        assertThat(manager.timeouts().connectionIdleMillis()).isEqualTo(3_600_000);
        assertThat(manager.timeouts().requestMillis()).isZero();
        assertThat(manager.limits().maxHeadBytes()).isEqualTo(60 * 1024);
        assertThat(manager.limits().maxHeaders()).isEqualTo(100);
        assertThat(manager.limits().acceptHttp10()).isFalse();
        assertThat(manager.forwarding().clientCertificate()).isEqualTo(ClientCertificate.SANITIZE);
        assertThat(manager.generateRequestId()).isTrue();
        assertThat(manager.serverName()).isEqualTo("envoy");
        assertThat(manager.paths().normalize()).isFalse();
    }

    @Test
    void filterThatWeftDoesNotHaveIsRefusedUnlessItIsOptional() {
        String rbac = "http_filters { name: 'x' %s typed_config {"
                + " [type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC] {} } } ";
        String routes = "route_config { name: 'r' } ";
        String path = "filter_chains[0].filters[0].typed_config.http_filters[0].typed_config: ";
        assertThat(texts(parse(http(routes + rbac.formatted("") + ROUTER)).errors()))
                .containsExactly(
                        path + "\"type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\": expected a filter"
                                + " that Weft has: Router");
        Parsed<Listener> optional = parse(http(routes + rbac.formatted("is_optional: true") + ROUTER));
        assertThat(optional.errors()).isEmpty();
        assertThat(texts(optional.notHonoured())).hasSize(1).first().asString().startsWith(path);
    }

    @Test
    void routerIsTheLastFilter() {
        assertThat(texts(parse(http("route_config { name: 'r' }")).errors()))
                .containsExactly(
                        "filter_chains[0].filters[0].typed_config.http_filters: expected the router as the last filter");
    }

    @Test
    void tcpProxyTakesWeightedClusters() {
        Parsed<Listener> parsed = parse("name: 'l' " + ADDRESS + """
                 filter_chains { filters { name: 't' typed_config {
                  [type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy] {
                    stat_prefix: 's' weighted_clusters { clusters { name: 'a' weight: 1 } clusters { name: 'b' weight: 3 } } } } } }
                """);
        assertThat(texts(parsed.errors())).isEmpty();
        Listener listener = parsed.value();
        assertThat(listener).isNotNull();
        assertThat(listener.filterChains().getFirst().filter()).isInstanceOf(TcpProxy.class);
    }

    @Test
    void tcpProxyTriesAsManyEndpointsAsItIsTold() {
        assertThat(connectAttempts("")).isEqualTo(TcpProxy.DEFAULT_CONNECT_ATTEMPTS);
        assertThat(connectAttempts("max_connect_attempts { value: 7 }")).isEqualTo(7);
        assertThat(texts(parse(tcp("max_connect_attempts { value: 0 }")).errors()))
                .singleElement()
                .asString()
                .contains("max_connect_attempts", "expected");
    }

    private static int connectAttempts(String field) {
        Parsed<Listener> parsed = parse(tcp(field));
        assertThat(texts(parsed.errors())).isEmpty();
        assertThat(texts(parsed.notHonoured())).isEmpty();
        Listener listener = parsed.value();
        assertThat(listener).isNotNull();
        return ((TcpProxy) listener.filterChains().getFirst().filter()).maxConnectAttempts();
    }

    private static String tcp(String fields) {
        return "name: 'l' " + ADDRESS + " filter_chains { filters { name: 't' typed_config {"
                + " [type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy] {"
                + " stat_prefix: 's' cluster: 'a' " + fields + " } } } }";
    }

    @Test
    void chainsThatMatchTheSameAreRefused() {
        String chain = "filter_chains { filters { name: 't' typed_config {"
                + " [type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy] { stat_prefix: 's' cluster: 'a' } } } } ";
        assertThat(texts(parse("name: 'l' " + ADDRESS + " " + chain + chain).errors()))
                .containsExactly(
                        "filter_chains[1].filter_chain_match: expected a match that no other filter chain has");
    }

    @Test
    void requiredClientCertificateNeedsSomethingToCheckItWith() {
        Parsed<Listener> parsed = parse("name: 'l' " + ADDRESS + """
                 filter_chains { filters { name: 't' typed_config {
                    [type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy] { stat_prefix: 's' cluster: 'a' } } }
                  transport_socket { name: 'tls' typed_config {
                    [type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext] {
                      require_client_certificate { value: true }
                      common_tls_context { tls_certificate_sds_secret_configs { name: 'weft:svid' } } } } } }
                """);
        assertThat(texts(parsed.errors()))
                .containsExactly(
                        "filter_chains[0].transport_socket.typed_config.require_client_certificate: \"true\": expected a"
                                + " validation context: without one any certificate would pass");
    }

    @Test
    void unixSocketsAndUdpAreRefused() {
        assertThat(texts(parse("name: 'l' address { pipe { path: '/x' } }").errors()))
                .contains("address: \"PIPE\": expected a socket_address");
    }
}
