package io.weft.control.xds;

import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.ClusterNotFoundResponseCode;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.weft.control.ir.HttpRouteRule;
import io.weft.control.ir.HttpRouteRule.Action;
import io.weft.control.ir.HttpRouteRule.Backend;
import io.weft.control.ir.HttpRouteRule.Delivery;
import io.weft.control.ir.OutboundRoutes;
import io.weft.control.ir.ServiceRoutes;
import io.weft.control.translate.UnresolvedBackend;
import io.weft.engine.config.WeftMetadata;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.MeshConfig.OutboundPolicy;
import io.weft.resource.model.RouteFilter.HeaderChanges;
import io.weft.resource.model.TrafficSettings.Retries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Route configurations: what clients in a namespace can call. */
final class RouteXds {
    private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";
    private static final int NOT_IN_MESH = 502;
    private static final int INTERNAL_ERROR = 500;

    private RouteXds() {}

    static String outboundName(String namespace) {
        return "outbound/" + namespace;
    }

    static RouteConfiguration outbound(OutboundRoutes routes) {
        RouteConfiguration.Builder configuration =
                RouteConfiguration.newBuilder().setName(outboundName(routes.namespace()));
        routes.services().forEach(service -> configuration.addVirtualHosts(virtualHost(service, routes.namespace())));
        configuration.addVirtualHosts(outside(routes.outside()));
        if (refersToUnresolved(routes)) {
            // On purpose: Envoy would refuse it, where it gets it from a file.
            configuration.setValidateClusters(BoolValue.of(false));
        }
        return configuration.build();
    }

    private static boolean refersToUnresolved(OutboundRoutes routes) {
        return routes.services().stream()
                .flatMap(service -> service.rules().stream())
                .flatMap(rule ->
                        rule.action() instanceof Action.Forward forward ? forward.backends().stream() : Stream.empty())
                .anyMatch(backend -> backend.service().equals(UnresolvedBackend.SERVICE));
    }

    private static VirtualHost virtualHost(ServiceRoutes routes, String clientNamespace) {
        VirtualHost.Builder host = VirtualHost.newBuilder()
                .setName(routes.service() + ":" + routes.port().number())
                .addAllDomains(domains(
                        routes.service().hosts(clientNamespace), routes.port().number(), routes.isDefaultPort()))
                .setMetadata(Protos.weft(Map.of(
                        WeftMetadata.NAMESPACE, routes.service().namespace(),
                        WeftMetadata.SERVICE, routes.service().name())));
        routes.rules().forEach(rule -> host.addRoutes(route(rule)));
        return host.build();
    }

    /** Each name with the port, and without it where this is the port that is meant then. */
    static List<String> domains(List<String> hosts, int port, boolean isDefaultPort) {
        return hosts.stream()
                .flatMap(host -> isDefaultPort ? Stream.of(host, host + ":" + port) : Stream.of(host + ":" + port))
                .toList();
    }

    private static VirtualHost outside(OutboundPolicy policy) {
        Route.Builder route =
                Route.newBuilder().setMatch(RouteMatch.newBuilder().setPrefix("/"));
        switch (policy) {
            case ALLOW_ANY ->
                route.setName("outside")
                        .setRoute(RouteAction.newBuilder()
                                .setCluster(ClusterXds.PASSTHROUGH)
                                .setTimeout(Protos.duration(Duration.ZERO)));
            case REGISTRY_ONLY ->
                route.setName("not-in-mesh")
                        .setDirectResponse(direct(
                                NOT_IN_MESH,
                                "this host is no service of the mesh, and outboundPolicy is REGISTRY_ONLY"));
        }
        return VirtualHost.newBuilder()
                .setName("outside")
                .addDomains("*")
                .addRoutes(route)
                .build();
    }

    private static Route route(HttpRouteRule rule) {
        Map<String, String> weft = new TreeMap<>();
        weft.put(WeftMetadata.ORIGIN, rule.origin().resource().toString());
        Route.Builder route = Route.newBuilder().setName(rule.name()).setMatch(MatchXds.match(rule.match()));
        switch (rule.action()) {
            case Action.Forward forward -> {
                route.setRoute(forward(forward, rule.match().path()));
                Duration head = forward.delivery().timeouts().responseHead();
                if (head != null && !head.isZero()) {
                    weft.put(WeftMetadata.RESPONSE_HEAD_TIMEOUT_MILLIS, Long.toString(head.toMillis()));
                }
                weft.put(WeftMetadata.RETRY_IDEMPOTENT_ONLY, "true");
            }
            case Action.Redirect redirect ->
                route.setRedirect(
                        RewriteXds.redirect(redirect.to(), rule.match().path()));
            case Action.Respond respond -> route.setDirectResponse(direct(respond.status(), respond.reason()));
        }
        return route.setMetadata(Protos.weft(weft))
                .addAllRequestHeadersToAdd(added(rule.requestHeaders()))
                .addAllRequestHeadersToRemove(rule.requestHeaders().remove())
                .addAllResponseHeadersToAdd(added(rule.responseHeaders()))
                .addAllResponseHeadersToRemove(rule.responseHeaders().remove())
                .build();
    }

    private static DirectResponseAction direct(int status, String reason) {
        return DirectResponseAction.newBuilder()
                .setStatus(status)
                .setBody(DataSource.newBuilder().setInlineString(reason + "\n"))
                .build();
    }

    private static RouteAction forward(Action.Forward forward, HttpRoute.PathMatch matched) {
        Delivery delivery = forward.delivery();
        Duration idle = Objects.requireNonNull(delivery.timeouts().idle(), "idle timeout after defaults");
        RouteAction.Builder action = RouteAction.newBuilder()
                .setTimeout(Protos.duration(delivery.request()))
                .setIdleTimeout(Protos.duration(idle))
                // The client's grpc-timeout holds, whatever it is.
                .setMaxStreamDuration(RouteAction.MaxStreamDuration.newBuilder()
                        .setGrpcTimeoutHeaderMax(Protos.duration(Duration.ZERO)));
        RewriteXds.rewrite(forward.rewrite(), matched, action);
        if (forward.statusWithoutBackend() == INTERNAL_ERROR
                && forward.backends().stream().anyMatch(each -> each.service().equals(UnresolvedBackend.SERVICE))) {
            action.setClusterNotFoundResponseCode(ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR);
        }
        RetryPolicy retry = retry(delivery);
        if (retry != null) {
            action.setRetryPolicy(retry);
        }
        Backend first = forward.backends().getFirst();
        boolean plain = forward.backends().size() == 1
                && first.requestHeaders().equals(HttpRouteRule.NO_CHANGES)
                && first.responseHeaders().equals(HttpRouteRule.NO_CHANGES);
        return plain
                ? action.setCluster(clusterName(first)).build()
                : action.setWeightedClusters(weighted(forward.backends())).build();
    }

    static String clusterName(Backend backend) {
        return backend.service().equals(UnresolvedBackend.SERVICE)
                ? UnresolvedBackend.CLUSTER
                : backend.service().clusterName(backend.port());
    }

    private static WeightedCluster weighted(List<Backend> backends) {
        WeightedCluster.Builder clusters = WeightedCluster.newBuilder();
        for (Backend backend : backends) {
            clusters.addClusters(WeightedCluster.ClusterWeight.newBuilder()
                    .setName(clusterName(backend))
                    .setWeight(UInt32Value.of(backend.weight()))
                    .addAllRequestHeadersToAdd(added(backend.requestHeaders()))
                    .addAllRequestHeadersToRemove(backend.requestHeaders().remove())
                    .addAllResponseHeadersToAdd(added(backend.responseHeaders()))
                    .addAllResponseHeadersToRemove(backend.responseHeaders().remove()));
        }
        return clusters.build();
    }

    private static @Nullable RetryPolicy retry(Delivery delivery) {
        Retries retries = delivery.retries();
        int attempts = Objects.requireNonNull(retries.attempts(), "retry attempts after defaults");
        List<String> on = Objects.requireNonNull(retries.on(), "retry conditions after defaults");
        if (attempts == 0 || on.isEmpty()) {
            return null;
        }
        List<String> conditions = new ArrayList<>();
        List<Integer> codes = new ArrayList<>();
        for (String condition : on) {
            if (Character.isDigit(condition.charAt(0)) && !condition.equals("5xx")) {
                codes.add(Integer.parseInt(condition));
            } else {
                conditions.add(condition);
            }
        }
        if (!codes.isEmpty()) {
            conditions.add("retriable-status-codes");
        }
        RetryPolicy.Builder policy = RetryPolicy.newBuilder()
                .setRetryOn(String.join(",", conditions))
                .setNumRetries(Protos.uint(attempts))
                .addAllRetriableStatusCodes(codes)
                .addRetryHostPredicate(RetryPolicy.RetryHostPredicate.newBuilder()
                        .setName(PREVIOUS_HOSTS)
                        .setTypedConfig(Protos.emptyOfType(
                                "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate")))
                .setHostSelectionRetryMaxAttempts(5);
        Duration perTry = retries.perTryTimeout();
        if (perTry != null && !perTry.isZero()) {
            policy.setPerTryTimeout(Protos.duration(perTry));
        }
        if (!delivery.backoff().isZero()) {
            policy.setRetryBackOff(
                    RetryPolicy.RetryBackOff.newBuilder().setBaseInterval(Protos.duration(delivery.backoff())));
        }
        return policy.build();
    }

    private static List<HeaderValueOption> added(HeaderChanges changes) {
        Stream<HeaderValueOption> set = changes.set().stream()
                .map(header -> option(header.name(), header.value(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
        Stream<HeaderValueOption> add = changes.add().stream()
                .map(header -> option(header.name(), header.value(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
        return Stream.concat(set, add).toList();
    }

    private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                // A percent sign begins a command operator in xDS.
                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value.replace("%", "%%")))
                .setAppendAction(action)
                .build();
    }
}
