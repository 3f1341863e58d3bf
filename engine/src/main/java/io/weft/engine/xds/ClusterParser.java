package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Cluster.CircuitBreakers;
import io.weft.engine.config.Cluster.Discovery;
import io.weft.engine.config.Cluster.HealthCheck;
import io.weft.engine.config.Cluster.OutlierDetection;
import io.weft.engine.config.Cluster.RetryBudget;
import io.weft.engine.config.Cluster.TransportMatch;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.UpstreamTls;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads clusters. */
final class ClusterParser {
    // Envoy's defaults of absent fields.
    private static final long CONNECT_MILLIS = 5_000;
    private static final int BUFFER_BYTES = 1024 * 1024;
    private static final int BREAKER = 1024;
    private static final int RETRIES = 3;
    private static final long DNS_REFRESH_MILLIS = 5_000;
    private static final int CONSECUTIVE = 5;
    private static final long OUTLIER_INTERVAL_MILLIS = 10_000;
    private static final long EJECTION_MILLIS = 30_000;
    private static final long MAX_EJECTION_MILLIS = 300_000;
    private static final int MAX_EJECTED_PERCENT = 10;

    private final Reading reading;

    ClusterParser(Reading reading) {
        this.reading = reading;
    }

    @Nullable
    Cluster parse(io.weft.api.wire.envoy.config.cluster.v3.Cluster message) {
        reading.honours(
                "",
                message,
                Set.of(
                        "name",
                        "alt_stat_name",
                        "type",
                        "eds_cluster_config",
                        "connect_timeout",
                        "per_connection_buffer_limit_bytes",
                        "lb_policy",
                        "load_balancing_policy",
                        "least_request_lb_config",
                        "load_assignment",
                        "health_checks",
                        "circuit_breakers",
                        "typed_extension_protocol_options",
                        "http2_protocol_options",
                        "max_requests_per_connection",
                        "dns_refresh_rate",
                        "dns_lookup_family",
                        "outlier_detection",
                        "transport_socket",
                        "transport_socket_matches",
                        "original_dst_lb_config",
                        "ignore_health_on_host_removal",
                        "metadata"));
        Discovery discovery = discovery(message);
        LbPolicy balancing = new LbPolicyParser(reading).parse(message);
        long connect = reading.positiveMillis(
                "connect_timeout", message.hasConnectTimeout(), message.getConnectTimeout(), CONNECT_MILLIS);
        TlsParser tlsParser = new TlsParser(reading);
        UpstreamTls tls =
                tlsParser.upstream("transport_socket", message.hasTransportSocket(), message.getTransportSocket());
        List<TransportMatch> matches = transportMatches(message, tlsParser);
        var http = new UpstreamHttpParser(reading).parse(message);
        CircuitBreakers breakers = breakers(message.getCircuitBreakers());
        OutlierDetection outliers = message.hasOutlierDetection() ? outliers(message.getOutlierDetection()) : null;
        List<HealthCheck> checks = healthChecks(message.getHealthChecksList());
        int buffer = reading.number(
                "per_connection_buffer_limit_bytes",
                message.hasPerConnectionBufferLimitBytes(),
                Integer.toUnsignedLong(
                        message.getPerConnectionBufferLimitBytes().getValue()),
                16 * 1024,
                64 * 1024 * 1024,
                BUFFER_BYTES);
        if (discovery == null || balancing == null) {
            return null;
        }
        return reading.build(
                "",
                () -> new Cluster(
                        message.getName(),
                        discovery,
                        balancing,
                        connect,
                        tls,
                        matches,
                        http,
                        breakers,
                        outliers,
                        checks,
                        buffer,
                        reading.weft(
                                "metadata.filter_metadata",
                                message.getMetadata().getFilterMetadataMap())));
    }

    // The refresh rate's place is deprecated and still what most configurations use.
    @SuppressWarnings("deprecation")
    private @Nullable Discovery discovery(io.weft.api.wire.envoy.config.cluster.v3.Cluster message) {
        if (message.hasClusterType()) {
            reading.error("cluster_type", message.getClusterType().getName(), "expected a type");
            return null;
        }
        EndpointParser endpoints = new EndpointParser(reading);
        return switch (message.getType()) {
            case STATIC -> new Discovery.Static(endpoints.parse("load_assignment", message.getLoadAssignment()));
            case STRICT_DNS, LOGICAL_DNS ->
                new Discovery.Dns(
                        endpoints.parse("load_assignment", message.getLoadAssignment()),
                        reading.positiveMillis(
                                "dns_refresh_rate",
                                message.hasDnsRefreshRate(),
                                message.getDnsRefreshRate(),
                                DNS_REFRESH_MILLIS),
                        message.getType()
                                == io.weft.api.wire.envoy.config.cluster.v3.Cluster.DiscoveryType.LOGICAL_DNS);
            case EDS -> {
                var eds = message.getEdsClusterConfig();
                if (!eds.getEdsConfig().hasAds()) {
                    reading.error("eds_cluster_config.eds_config", "", "expected ads: {}");
                }
                yield new Discovery.Eds(eds.getServiceName().isEmpty() ? message.getName() : eds.getServiceName());
            }
            case ORIGINAL_DST -> {
                if (!message.getOriginalDstLbConfig().getUseHttpHeader()) {
                    reading.error(
                            "original_dst_lb_config.use_http_header",
                            "false",
                            "expected true: without a redirect only the request says where to");
                }
                yield new Discovery.Passthrough();
            }
            case UNRECOGNIZED -> {
                reading.error("type", Integer.toString(message.getTypeValue()), "expected a known type");
                yield null;
            }
        };
    }

    private List<TransportMatch> transportMatches(
            io.weft.api.wire.envoy.config.cluster.v3.Cluster message, TlsParser tlsParser) {
        List<TransportMatch> matches = new ArrayList<>();
        for (int i = 0; i < message.getTransportSocketMatchesCount(); i++) {
            String path = at("transport_socket_matches", i);
            var match = message.getTransportSocketMatches(i);
            matches.add(new TransportMatch(
                    match.getName(),
                    reading.scalars(join(path, "match"), match.getMatch()),
                    tlsParser.upstream(
                            join(path, "transport_socket"), match.hasTransportSocket(), match.getTransportSocket())));
        }
        return matches;
    }

    private CircuitBreakers breakers(io.weft.api.wire.envoy.config.cluster.v3.CircuitBreakers message) {
        for (int i = 0; i < message.getThresholdsCount(); i++) {
            var threshold = message.getThresholds(i);
            String path = at("circuit_breakers.thresholds", i);
            if (threshold.getPriority() != io.weft.api.wire.envoy.config.core.v3.RoutingPriority.DEFAULT) {
                reading.notHonoured(
                        join(path, "priority"), threshold.getPriority().toString(), "expected DEFAULT");
                continue;
            }
            reading.honours(
                    path,
                    threshold,
                    Set.of(
                            "priority",
                            "max_connections",
                            "max_pending_requests",
                            "max_requests",
                            "max_retries",
                            "retry_budget"));
            RetryBudget budget = null;
            if (threshold.hasRetryBudget()) {
                var retryBudget = threshold.getRetryBudget();
                budget = new RetryBudget(
                        retryBudget.hasBudgetPercent()
                                ? retryBudget.getBudgetPercent().getValue()
                                : 20.0,
                        limit(
                                join(path, "retry_budget.min_retry_concurrency"),
                                retryBudget.hasMinRetryConcurrency(),
                                retryBudget.getMinRetryConcurrency().getValue(),
                                RETRIES));
            }
            return new CircuitBreakers(
                    limit(
                            join(path, "max_connections"),
                            threshold.hasMaxConnections(),
                            threshold.getMaxConnections().getValue(),
                            BREAKER),
                    limit(
                            join(path, "max_pending_requests"),
                            threshold.hasMaxPendingRequests(),
                            threshold.getMaxPendingRequests().getValue(),
                            BREAKER),
                    limit(
                            join(path, "max_requests"),
                            threshold.hasMaxRequests(),
                            threshold.getMaxRequests().getValue(),
                            BREAKER),
                    limit(
                            join(path, "max_retries"),
                            threshold.hasMaxRetries(),
                            threshold.getMaxRetries().getValue(),
                            RETRIES),
                    budget);
        }
        return new CircuitBreakers(BREAKER, BREAKER, BREAKER, RETRIES, null);
    }

    /** Envoy's limits are unsigned 32-bit numbers; those above a signed one mean no limit in both. */
    private int limit(String path, boolean present, int value, int absent) {
        long limit = Math.min(Integer.toUnsignedLong(value), Integer.MAX_VALUE);
        return reading.number(path, present, limit, 0, Integer.MAX_VALUE, absent);
    }

    private OutlierDetection outliers(io.weft.api.wire.envoy.config.cluster.v3.OutlierDetection message) {
        String path = "outlier_detection";
        reading.honours(
                path,
                message,
                Set.of(
                        "consecutive_5xx",
                        "enforcing_consecutive_5xx",
                        "consecutive_gateway_failure",
                        "enforcing_consecutive_gateway_failure",
                        "consecutive_local_origin_failure",
                        "enforcing_consecutive_local_origin_failure",
                        "split_external_local_origin_errors",
                        "interval",
                        "base_ejection_time",
                        "max_ejection_time",
                        "max_ejection_percent",
                        "enforcing_success_rate",
                        "enforcing_failure_percentage"));
        boolean split = message.getSplitExternalLocalOriginErrors();
        boolean enforce5xx = !message.hasEnforcingConsecutive5Xx()
                || message.getEnforcingConsecutive5Xx().getValue() > 0;
        // Envoy enforces gateway failures only on demand.
        boolean enforceGateway = message.getEnforcingConsecutiveGatewayFailure().getValue() > 0;
        long base = reading.positiveMillis(
                join(path, "base_ejection_time"),
                message.hasBaseEjectionTime(),
                message.getBaseEjectionTime(),
                EJECTION_MILLIS);
        return new OutlierDetection(
                enforce5xx
                        ? limit(
                                join(path, "consecutive_5xx"),
                                message.hasConsecutive5Xx(),
                                message.getConsecutive5Xx().getValue(),
                                CONSECUTIVE)
                        : 0,
                enforceGateway
                        ? limit(
                                join(path, "consecutive_gateway_failure"),
                                message.hasConsecutiveGatewayFailure(),
                                message.getConsecutiveGatewayFailure().getValue(),
                                CONSECUTIVE)
                        : 0,
                split
                        ? limit(
                                join(path, "consecutive_local_origin_failure"),
                                message.hasConsecutiveLocalOriginFailure(),
                                message.getConsecutiveLocalOriginFailure().getValue(),
                                CONSECUTIVE)
                        : 0,
                reading.positiveMillis(
                        join(path, "interval"), message.hasInterval(), message.getInterval(), OUTLIER_INTERVAL_MILLIS),
                base,
                Math.max(
                        base,
                        reading.positiveMillis(
                                join(path, "max_ejection_time"),
                                message.hasMaxEjectionTime(),
                                message.getMaxEjectionTime(),
                                MAX_EJECTION_MILLIS)),
                reading.number(
                        join(path, "max_ejection_percent"),
                        message.hasMaxEjectionPercent(),
                        message.getMaxEjectionPercent().getValue(),
                        0,
                        100,
                        MAX_EJECTED_PERCENT));
    }

    private List<HealthCheck> healthChecks(List<io.weft.api.wire.envoy.config.core.v3.HealthCheck> messages) {
        List<HealthCheck> checks = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            HealthCheck check = healthCheck(at("health_checks", i), messages.get(i));
            if (check != null) {
                checks.add(check);
            }
        }
        return checks;
    }

    private @Nullable HealthCheck healthCheck(String path, io.weft.api.wire.envoy.config.core.v3.HealthCheck message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "timeout",
                        "interval",
                        "unhealthy_threshold",
                        "healthy_threshold",
                        "http_health_check",
                        "tcp_health_check"));
        HealthCheck.Probe probe = switch (message.getHealthCheckerCase()) {
            case HTTP_HEALTH_CHECK -> {
                var http = message.getHttpHealthCheck();
                reading.honours(join(path, "http_health_check"), http, Set.of("host", "path"));
                yield new HealthCheck.Probe.Http(http.getHost(), http.getPath());
            }
            case TCP_HEALTH_CHECK -> {
                reading.honours(join(path, "tcp_health_check"), message.getTcpHealthCheck(), Set.of());
                yield new HealthCheck.Probe.Tcp();
            }
            case GRPC_HEALTH_CHECK, CUSTOM_HEALTH_CHECK, HEALTHCHECKER_NOT_SET -> {
                reading.error(path, "", "expected http_health_check or tcp_health_check");
                yield null;
            }
        };
        if (probe == null) {
            return null;
        }
        return new HealthCheck(
                probe,
                reading.positiveMillis(join(path, "interval"), true, message.getInterval(), 1_000),
                reading.positiveMillis(join(path, "timeout"), true, message.getTimeout(), 1_000),
                reading.number(
                        join(path, "healthy_threshold"),
                        true,
                        message.getHealthyThreshold().getValue(),
                        1,
                        1000,
                        1),
                reading.number(
                        join(path, "unhealthy_threshold"),
                        true,
                        message.getUnhealthyThreshold().getValue(),
                        1,
                        1000,
                        1));
    }
}
