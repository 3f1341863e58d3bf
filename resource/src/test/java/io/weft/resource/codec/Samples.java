package io.weft.resource.codec;

import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.BackendReference;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Locality;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.Resource;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.Service;
import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.ValueMatch;
import io.weft.resource.model.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Resources of every kind, with every field set in some of them. */
final class Samples {
    private Samples() {}

    static List<Resource> all() {
        return List.of(
                service(),
                new Service(Metadata.of("shop", "headless"), List.of(), Map.of()),
                new Namespace(Metadata.of("", "shop").withLabels(Map.of("team", "checkout"))),
                httpRoute(),
                new HttpRoute(Metadata.of("shop", "everything"), List.of(), List.of(), List.of(rule(List.of()))),
                grpcRoute(),
                new GrpcRoute(Metadata.of("shop", "nothing"), List.of(), List.of(), List.of()),
                workload(),
                new Workload(
                        Metadata.of("shop", "client"),
                        List.of(),
                        "fd00::17",
                        0,
                        Locality.UNKNOWN,
                        Workload.DEFAULT_SERVICE_ACCOUNT,
                        Workload.Health.HEALTHY),
                policy("full", fullSettings()),
                policy("empty", TrafficSettings.UNSET),
                policy("round-robin", balancer(new TrafficSettings.LoadBalancer.RoundRobin())),
                policy("least", balancer(new TrafficSettings.LoadBalancer.LeastRequest(5))),
                policy("random", balancer(new TrafficSettings.LoadBalancer.Random())),
                new PeerAuthentication(
                        Metadata.of("shop", "strict"),
                        Map.of("app", "cart"),
                        PeerAuthentication.Mode.STRICT,
                        Map.of(8080, PeerAuthentication.Mode.DISABLE, 9000, PeerAuthentication.Mode.UNSET)),
                new PeerAuthentication(
                        Metadata.of(PeerAuthentication.MESH_NAMESPACE, "mesh"),
                        Map.of(),
                        PeerAuthentication.Mode.PERMISSIVE,
                        Map.of()),
                new MeshConfig(
                        Metadata.of("", MeshConfig.NAME),
                        new TrustDomain("shop.example"),
                        MeshConfig.OutboundPolicy.REGISTRY_ONLY,
                        fullSettings(),
                        Duration.ofMinutes(90),
                        true));
    }

    /** Strings that some YAML reader takes for something else. */
    static Map<String, String> awkwardTexts() {
        return Map.ofEntries(
                Map.entry("a", "on"),
                Map.entry("b", "true"),
                Map.entry("c", "8080"),
                Map.entry("d", "0x1F"),
                Map.entry("e", "null"),
                Map.entry("f", ""),
                Map.entry("g", "two\nlines\n"),
                Map.entry("h", " edges "),
                Map.entry("i", "# no comment"),
                Map.entry("j", "a: b"),
                Map.entry("k", "- item"),
                Map.entry("l", "\"quoted\" 'twice' \\ \t"),
                Map.entry("m", "*alias &anchor !tag %x @y `z"),
                Map.entry("n", "~"),
                Map.entry("o", "1e3"),
                Map.entry("p", "12:30:45"),
                Map.entry("q", "2026-01-01"),
                Map.entry("r", "grüße 🕸 \u0085"),
                Map.entry("s", "{\"json\": [1, 2]}"),
                Map.entry("t", "..."),
                Map.entry("u", "---"),
                Map.entry("v", ".inf"),
                Map.entry("w", "0o17"),
                Map.entry("x", "No"));
    }

    private static Service service() {
        return new Service(
                new Metadata("shop", "cart", Map.of("app", "cart", "release", "7"), awkwardTexts(), null),
                List.of(
                        Service.Port.of("http", 80, "http"),
                        new Service.Port(
                                "api", 9000, new Service.TargetPort.Named("grpc-api"), Service.Transport.TCP, ""),
                        new Service.Port("dns", 53, new Service.TargetPort.Numbered(5353), Service.Transport.UDP, "")),
                Map.of("app", "cart", "version", "1"));
    }

    private static HttpRoute httpRoute() {
        HttpRoute.Match match = new HttpRoute.Match(
                new HttpRoute.PathMatch(HttpRoute.PathMatch.Type.EXACT, "/cart"),
                "POST",
                List.of(
                        new ValueMatch(ValueMatch.Type.EXACT, "x-user", "on"),
                        new ValueMatch(ValueMatch.Type.REGULAR_EXPRESSION, "x-tier", "gold|silver")),
                List.of(new ValueMatch(ValueMatch.Type.EXACT, "debug", "1")));
        HttpRoute.Match regex = new HttpRoute.Match(
                new HttpRoute.PathMatch(HttpRoute.PathMatch.Type.REGULAR_EXPRESSION, "/item/[0-9]+"),
                "",
                List.of(),
                List.of());
        RouteFilter.HeaderChanges changes = new RouteFilter.HeaderChanges(
                List.of(new RouteFilter.HeaderValue("x-set", "yes")),
                List.of(new RouteFilter.HeaderValue("x-add", "a b")),
                List.of("x-gone"));
        BackendReference backend = new BackendReference(
                "", "Service", "other", "cart-v2", 8080, 0, List.of(new RouteFilter.ResponseHeaderModifier(changes)));
        HttpRoute.Rule rule = new HttpRoute.Rule(
                "canary",
                List.of(match, regex),
                List.of(
                        new RouteFilter.RequestHeaderModifier(changes),
                        new RouteFilter.UrlRewrite("new.example", new RouteFilter.PathChange.Full("/new")),
                        new RouteFilter.Other(
                                "RequestMirror",
                                "{\"requestMirror\":{\"backendRef\":{\"group\":\"\",\"kind\":\"Service\",\"name\":\"shadow\",\"port\":80}},"
                                        + "\"type\":\"RequestMirror\"}")),
                List.of(BackendReference.service("shop", "cart-v1", 8080, 1_000_000), backend),
                new HttpRoute.Timeouts(Duration.ofSeconds(10), Duration.ofMillis(2500)),
                new HttpRoute.Retry(List.of(500, 503), 3, Duration.ofMillis(25)));
        ParentReference port = new ParentReference("", "Service", "shop", "cart", "", 8080);
        ParentReference section =
                new ParentReference("gateway.networking.k8s.io", "Gateway", "edge", "public", "https", 0);
        return new HttpRoute(
                Metadata.of("shop", "cart.canary"),
                List.of(port, section),
                List.of("shop.example", "*.shop.example"),
                List.of(rule, rule(List.of(BackendReference.service("shop", "cart-v1", 8080, 1)))));
    }

    private static HttpRoute.Rule rule(List<BackendReference> backends) {
        return new HttpRoute.Rule(
                "", List.of(HttpRoute.Match.EVERYTHING), List.of(), backends, HttpRoute.Timeouts.UNSET, null);
    }

    private static GrpcRoute grpcRoute() {
        GrpcRoute.Match method = new GrpcRoute.Match(
                new GrpcRoute.MethodMatch(ValueMatch.Type.EXACT, "shop.v1.Cart", "AddItem"),
                List.of(new ValueMatch(ValueMatch.Type.EXACT, "x-user", "7")));
        GrpcRoute.Match any = new GrpcRoute.Match(null, List.of());
        GrpcRoute.Rule rule = new GrpcRoute.Rule(
                "add",
                List.of(method, any),
                List.of(new RouteFilter.RequestHeaderModifier(
                        new RouteFilter.HeaderChanges(List.of(), List.of(), List.of("x-gone")))),
                List.of(BackendReference.service("shop", "cart", 9000, 1)));
        return new GrpcRoute(
                Metadata.of("shop", "cart"),
                List.of(ParentReference.service("shop", "cart")),
                List.of("cart.example"),
                List.of(rule, new GrpcRoute.Rule("", List.of(), List.of(), List.of())));
    }

    private static Workload workload() {
        return new Workload(
                Metadata.of("shop", "cart-1").withLabels(Map.of("app", "cart")),
                List.of(
                        Workload.OfferedService.of("cart", 80, 8080, ApplicationProtocol.HTTP),
                        new Workload.OfferedService(
                                "cart-api", 9000, 9000, ApplicationProtocol.DETECT, Workload.Health.UNHEALTHY)),
                "10.0.0.17",
                15006,
                new Locality("eu", "eu-1", "rack-7"),
                "cart",
                Workload.Health.DRAINING);
    }

    private static TrafficPolicy policy(String name, TrafficSettings settings) {
        return new TrafficPolicy(
                Metadata.of("shop", name),
                List.of(
                        TargetReference.service("cart"),
                        new TargetReference("gateway.networking.k8s.io", "HTTPRoute", "cart", "canary")),
                settings);
    }

    private static TrafficSettings balancer(TrafficSettings.LoadBalancer balancer) {
        return new TrafficSettings(balancer, null, null, null, null, null);
    }

    private static TrafficSettings fullSettings() {
        return new TrafficSettings(
                new TrafficSettings.LoadBalancer.PeakEwma(Duration.ofSeconds(5), Duration.ofMillis(20)),
                new TrafficSettings.Retries(2, List.of("reset", "503"), Duration.ofMillis(500), 25, 3),
                new TrafficSettings.Timeouts(
                        Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofMinutes(1), Duration.ZERO),
                new TrafficSettings.OutlierDetection(3, Duration.ofSeconds(5), Duration.ofSeconds(15), 30),
                new TrafficSettings.CircuitBreaker(10, 0, 100),
                TrafficSettings.ProtocolUpgrade.HTTP2);
    }
}
