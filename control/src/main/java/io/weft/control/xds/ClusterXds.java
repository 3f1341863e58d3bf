package io.weft.control.xds;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.LoadBalancingPolicy;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.type.v3.Percent;
import io.weft.api.v1.PeakEwma;
import io.weft.control.ir.InboundWorkload;
import io.weft.control.ir.MeshEndpoint.Reach;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServicePort;
import io.weft.engine.config.WeftMetadata;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.TrafficSettings.LoadBalancer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Clusters: a service's port, a proxy's own application, and what lies outside the mesh. */
final class ClusterXds {
    /** Hosts outside the mesh: goes where the request's authority says. */
    static final String PASSTHROUGH = "passthrough";

    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration PROXY_IDLE = Duration.ofSeconds(60);
    /** Less than what common servers wait (Node: 5 s), so that a request never meets a connection that is just being closed. */
    private static final Duration APPLICATION_IDLE = Duration.ofSeconds(4);

    /** Clients have limits of their own; this one guards the process. */
    private static final int APPLICATION_LIMIT = 8192;

    private static final int MAX_CHOICES = 8;
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private ClusterXds() {}

    static Cluster service(ServicePort port) {
        ServiceName service = port.service();
        int number = port.port().number();
        String name = service.clusterName(number);
        TransportSocket tls = TlsXds.upstream(
                service.serverName(number), port.identities(), port.trustDomain(), service.namespace(), port.http2());
        Cluster.Builder cluster = Cluster.newBuilder()
                .setName(name)
                .setType(Cluster.DiscoveryType.EDS)
                .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                        .setEdsConfig(Protos.ads())
                        .setServiceName(name))
                .setConnectTimeout(Protos.duration(connectTimeout(port.settings())))
                .setIgnoreHealthOnHostRemoval(true)
                .setLoadBalancingPolicy(balancing(present(port.settings().loadBalancer())))
                .setCircuitBreakers(breakers(port.settings()))
                .setOutlierDetection(outliers(present(port.settings().outlierDetection())))
                .putTypedExtensionProtocolOptions(
                        HTTP_OPTIONS, Protos.any(port.http2() ? http2(PROXY_IDLE) : asDownstream(PROXY_IDLE)))
                .addTransportSocketMatches(match(Reach.MTLS, tls))
                .addTransportSocketMatches(match(Reach.PLAIN, TlsXds.plain()))
                .setMetadata(Protos.weft(Map.of(
                        WeftMetadata.NAMESPACE, service.namespace(),
                        WeftMetadata.SERVICE, service.name())));
        return cluster.build();
    }

    private static Duration connectTimeout(TrafficSettings settings) {
        return present(present(settings.timeouts()).connect());
    }

    private static Cluster.TransportSocketMatch match(Reach reach, TransportSocket socket) {
        return Cluster.TransportSocketMatch.newBuilder()
                .setName(reach.wireName())
                .setMatch(Protos.struct(Map.of(EndpointXds.TLS_MODE, reach.wireName())))
                .setTransportSocket(socket)
                .build();
    }

    /** The proxy's own application, on loopback. */
    static Cluster application(InboundWorkload workload, InboundWorkload.Inbound inbound) {
        String name = workload.clusterName(inbound);
        ApplicationProtocol protocol = inbound.protocol();
        HttpProtocolOptions options = switch (protocol) {
            case HTTP2, GRPC -> http2(APPLICATION_IDLE);
            case HTTP -> http1(APPLICATION_IDLE);
            // Not said what it speaks: what its client spoke, which the outbound proxy kept.
            case DETECT, TCP -> asDownstream(APPLICATION_IDLE);
        };
        return Cluster.newBuilder()
                .setName(name)
                .setType(Cluster.DiscoveryType.STATIC)
                .setConnectTimeout(Protos.duration(CONNECT))
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .setClusterName(name)
                        .addEndpoints(LocalityLbEndpoints.newBuilder().addLbEndpoints(loopback(inbound))))
                .setCircuitBreakers(CircuitBreakers.newBuilder()
                        .addThresholds(CircuitBreakers.Thresholds.newBuilder()
                                .setMaxConnections(Protos.uint(APPLICATION_LIMIT))
                                .setMaxPendingRequests(Protos.uint(APPLICATION_LIMIT))
                                .setMaxRequests(Protos.uint(APPLICATION_LIMIT))))
                .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Protos.any(options))
                .setMetadata(Protos.weft(Map.of(
                        WeftMetadata.NAMESPACE, workload.namespace(),
                        WeftMetadata.WORKLOAD, workload.workload())))
                .build();
    }

    private static LbEndpoint loopback(InboundWorkload.Inbound inbound) {
        return LbEndpoint.newBuilder()
                .setEndpoint(Endpoint.newBuilder().setAddress(Protos.address("127.0.0.1", inbound.applicationPort())))
                .build();
    }

    static Cluster passthrough() {
        return Cluster.newBuilder()
                .setName(PASSTHROUGH)
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                .setConnectTimeout(Protos.duration(Duration.ofSeconds(5)))
                .setOriginalDstLbConfig(Cluster.OriginalDstLbConfig.newBuilder()
                        .setUseHttpHeader(true)
                        .setHttpHeaderName(":authority"))
                .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Protos.any(asDownstream(APPLICATION_IDLE)))
                .build();
    }

    /** Ours first; a client that does not know it takes the next. */
    private static LoadBalancingPolicy balancing(LoadBalancer balancer) {
        List<TypedExtensionConfig> policies = switch (balancer) {
            case LoadBalancer.PeakEwma ewma ->
                List.of(policy("weft.load_balancing_policies.peak_ewma", peakEwma(ewma)), leastRequest(2));
            case LoadBalancer.RoundRobin _ ->
                List.of(policy("envoy.load_balancing_policies.round_robin", RoundRobin.getDefaultInstance()));
            case LoadBalancer.LeastRequest least -> List.of(leastRequest(Math.min(least.choices(), MAX_CHOICES)));
            case LoadBalancer.Random _ ->
                List.of(policy("envoy.load_balancing_policies.random", Random.getDefaultInstance()));
        };
        LoadBalancingPolicy.Builder list = LoadBalancingPolicy.newBuilder();
        policies.forEach(policy ->
                list.addPolicies(LoadBalancingPolicy.Policy.newBuilder().setTypedExtensionConfig(policy)));
        return list.build();
    }

    private static PeakEwma peakEwma(LoadBalancer.PeakEwma ewma) {
        PeakEwma.Builder policy = PeakEwma.newBuilder();
        if (ewma.decay() != null) {
            policy.setDecay(Protos.duration(ewma.decay()));
        }
        if (ewma.initial() != null) {
            policy.setInitial(Protos.duration(ewma.initial()));
        }
        return policy.build();
    }

    private static TypedExtensionConfig leastRequest(int choices) {
        return policy(
                "envoy.load_balancing_policies.least_request",
                LeastRequest.newBuilder().setChoiceCount(Protos.uint(choices)).build());
    }

    private static TypedExtensionConfig policy(String name, Message config) {
        return TypedExtensionConfig.newBuilder()
                .setName(name)
                .setTypedConfig(Protos.any(config))
                .build();
    }

    private static CircuitBreakers breakers(TrafficSettings settings) {
        TrafficSettings.CircuitBreaker breaker = present(settings.circuitBreaker());
        TrafficSettings.Retries retries = present(settings.retries());
        return CircuitBreakers.newBuilder()
                .addThresholds(CircuitBreakers.Thresholds.newBuilder()
                        .setMaxConnections(Protos.uint(present(breaker.maxConnections())))
                        .setMaxPendingRequests(Protos.uint(present(breaker.maxPendingRequests())))
                        .setMaxRequests(Protos.uint(present(breaker.maxRequests())))
                        .setRetryBudget(CircuitBreakers.Thresholds.RetryBudget.newBuilder()
                                .setBudgetPercent(Percent.newBuilder().setValue(present(retries.budgetPercent())))
                                .setMinRetryConcurrency(Protos.uint(present(retries.budgetMin())))))
                .build();
    }

    private static OutlierDetection outliers(TrafficSettings.OutlierDetection outliers) {
        int consecutive = present(outliers.consecutiveErrors());
        OutlierDetection.Builder detection = OutlierDetection.newBuilder()
                .setInterval(Protos.duration(present(outliers.interval())))
                .setBaseEjectionTime(Protos.duration(present(outliers.baseEjection())))
                .setMaxEjectionPercent(Protos.uint(present(outliers.maxEjectedPercent())))
                .setEnforcingSuccessRate(Protos.uint(0));
        if (consecutive == 0) {
            return detection.setEnforcingConsecutive5Xx(Protos.uint(0)).build();
        }
        return detection
                .setConsecutive5Xx(Protos.uint(consecutive))
                // A refused connection ejects at once: nothing listens there.
                .setSplitExternalLocalOriginErrors(true)
                .setConsecutiveLocalOriginFailure(Protos.uint(1))
                .build();
    }

    /** Trailers pass here anyway; an Envoy wants to be told. */
    private static final Http1ProtocolOptions HTTP1 =
            Http1ProtocolOptions.newBuilder().setEnableTrailers(true).build();

    private static HttpProtocolOptions asDownstream(Duration idle) {
        return options(idle)
                .setUseDownstreamProtocolConfig(HttpProtocolOptions.UseDownstreamHttpConfig.newBuilder()
                        .setHttpProtocolOptions(HTTP1)
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                .build();
    }

    private static HttpProtocolOptions http1(Duration idle) {
        return options(idle)
                .setExplicitHttpConfig(
                        HttpProtocolOptions.ExplicitHttpConfig.newBuilder().setHttpProtocolOptions(HTTP1))
                .build();
    }

    private static HttpProtocolOptions http2(Duration idle) {
        return options(idle)
                .setExplicitHttpConfig(HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                .build();
    }

    private static HttpProtocolOptions.Builder options(Duration idle) {
        HttpProtocolOptions.Builder options = HttpProtocolOptions.newBuilder();
        options.getCommonHttpProtocolOptionsBuilder().setIdleTimeout(Protos.duration(idle));
        return options;
    }

    /** Settings are complete here: defaults stand behind every field. */
    private static <T> T present(@Nullable T value) {
        return Objects.requireNonNull(value, "a setting after defaults");
    }
}
