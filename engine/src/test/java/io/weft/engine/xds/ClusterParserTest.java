package io.weft.engine.xds;

import static io.weft.engine.xds.Texts.message;
import static io.weft.engine.xds.Texts.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Cluster.Discovery;
import io.weft.engine.config.Cluster.HttpVersion;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.StringMatcher;
import io.weft.engine.config.TlsSettings.SanMatcher;
import io.weft.engine.config.TlsSettings.Trust;
import org.junit.jupiter.api.Test;

class ClusterParserTest {
    private static Parsed<Cluster> parse(String text) {
        return ResourceType.CLUSTER.parse(
                message(io.envoyproxy.envoy.config.cluster.v3.Cluster.getDefaultInstance(), text));
    }

    private static Cluster valid(String text) {
        Parsed<Cluster> parsed = parse(text);
        assertThat(texts(parsed.errors())).isEmpty();
        assertThat(texts(parsed.notHonoured())).isEmpty();
        Cluster cluster = parsed.value();
        if (cluster == null) {
            throw new AssertionError("no value");
        }
        return cluster;
    }

    @Test
    void absentFieldsMeanWhatTheyMeanInEnvoy() {
        Cluster cluster = valid("name: 'a'");
        assertThat(cluster.discovery()).isInstanceOf(Discovery.Static.class);
        assertThat(cluster.loadBalancing()).isEqualTo(new LbPolicy.RoundRobin());
        assertThat(cluster.connectTimeoutMillis()).isEqualTo(5_000);
        assertThat(cluster.tls()).isNull();
        assertThat(cluster.http().version()).isEqualTo(HttpVersion.HTTP1);
        assertThat(cluster.http().idleTimeoutMillis()).isEqualTo(3_600_000);
        assertThat(cluster.limits().maxConnections()).isEqualTo(1024);
        assertThat(cluster.limits().maxRetries()).isEqualTo(3);
        assertThat(cluster.limits().retryBudget()).isNull();
        assertThat(cluster.outlierDetection()).isNull();
        assertThat(cluster.bufferLimitBytes()).isEqualTo(1024 * 1024);
    }

    @Test
    void firstKnownLoadBalancerOfTheListIsTaken() {
        String policies = """
                name: 'a'
                load_balancing_policy {
                  policies { typed_extension_config { name: 'x' typed_config {
                    [type.googleapis.com/envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash] {} } } }
                  policies { typed_extension_config { name: 'y' typed_config {
                    [type.googleapis.com/weft.v1.PeakEwma] { decay { seconds: 2 } } } } }
                  policies { typed_extension_config { name: 'z' typed_config {
                    [type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest] {} } } }
                }
                """;
        assertThat(valid(policies).loadBalancing()).isEqualTo(new LbPolicy.PeakEwma(2_000, 30));
    }

    @Test
    void hostsOutsideTheMeshAreNamedByTheRequest() {
        assertThat(valid("name: 'passthrough' type: ORIGINAL_DST lb_policy: CLUSTER_PROVIDED"
                                + " original_dst_lb_config { use_http_header: true }")
                        .discovery())
                .isEqualTo(new Discovery.Passthrough());
        assertThat(texts(parse("name: 'p' type: ORIGINAL_DST lb_policy: CLUSTER_PROVIDED")
                        .errors()))
                .containsExactly(
                        "original_dst_lb_config.use_http_header: \"false\": expected true: without a redirect only the"
                                + " request says where to");
    }

    @Test
    void httpOptionsChooseTheVersion() {
        String options = """
                name: 'a' typed_extension_protocol_options {
                  key: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
                  value { [type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] { %s } } }
                """;
        assertThat(valid(
                                options.formatted(
                                        "explicit_http_config { http2_protocol_options { max_concurrent_streams { value: 7 } } }"))
                        .http()
                        .maxConcurrentStreams())
                .isEqualTo(7);
        assertThat(valid(options.formatted("use_downstream_protocol_config {}"))
                        .http()
                        .version())
                .isEqualTo(HttpVersion.AS_DOWNSTREAM);
        assertThat(valid(options.formatted("auto_config {}")).http().version()).isEqualTo(HttpVersion.BY_ALPN);
    }

    @Test
    void tlsToTheMeshNamesItsSecretsAndTheExpectedIdentity() {
        Cluster cluster = valid("""
                name: 'a'
                transport_socket { name: 'tls' typed_config {
                  [type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext] {
                    sni: '8080.cart.shop.svc.cluster.local'
                    common_tls_context {
                      alpn_protocols: 'h2'
                      tls_certificate_sds_secret_configs { name: 'weft:svid' }
                      combined_validation_context {
                        default_validation_context { match_typed_subject_alt_names {
                          san_type: URI matcher { exact: 'spiffe://cluster.local/ns/shop/sa/cart' } } }
                        validation_context_sds_secret_config { name: 'weft:bundle' } } } } } }
                """);
        var tls = cluster.tls();
        if (tls == null) {
            throw new AssertionError("no TLS");
        }
        assertThat(tls.sni()).isEqualTo("8080.cart.shop.svc.cluster.local");
        assertThat(tls.settings().trust()).isEqualTo(new Trust.Sds("weft:bundle"));
        assertThat(tls.settings().subjectAlternativeNames())
                .containsExactly(new SanMatcher(
                        SanMatcher.Kind.URI, new StringMatcher.Exact("spiffe://cluster.local/ns/shop/sa/cart", false)));
    }

    @Test
    void allErrorsAreGivenAtOnceWithTheirPaths() {
        Parsed<Cluster> parsed = parse("""
                name: '' connect_timeout { seconds: -1 }
                load_assignment { endpoints { lb_endpoints { endpoint { address { socket_address {
                  address: '127.0.0.1' port_value: 70000 } } } load_balancing_weight { value: 0 } } } }
                circuit_breakers { thresholds { max_connections { value: 5 } track_remaining: true } }
                upstream_bind_config {}
                """);
        assertThat(parsed.value()).isNull();
        assertThat(texts(parsed.errors()))
                .contains(
                        "name: expected a name",
                        "connect_timeout: \"-1s\": expected a duration from 0 to 10 years",
                        "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address: port 70000: expected 0 to"
                                + " 65535",
                        "load_assignment.endpoints[0].lb_endpoints[0].load_balancing_weight: \"0\": expected 1 to 2147483647");
        assertThat(texts(parsed.notHonoured()))
                .containsExactlyInAnyOrder(
                        "upstream_bind_config: Weft does not honour this field",
                        "circuit_breakers.thresholds[0].track_remaining: Weft does not honour this field");
    }

    @Test
    void passedOverTlsFieldsAreErrorsFromAnySource() {
        Parsed<Cluster> parsed = parse("""
                name: 'a'
                transport_socket { name: 'tls' typed_config {
                  [type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext] {
                    common_tls_context { validation_context { verify_certificate_hash: 'ab' } } } } }
                """);
        assertThat(texts(parsed.errors()))
                .containsExactly(
                        "transport_socket.typed_config.common_tls_context.validation_context.verify_certificate_hash:"
                                + " Weft does not honour this field");
    }
}
