package io.weft.control.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.weft.control.ir.ProxyNode;
import io.weft.control.ir.ServiceName;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.control.translate.Facts;
import io.weft.core.identity.TrustDomain;
import io.weft.core.violation.InvalidInputException;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MeshStatusTest {
    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: cart, namespace: shop}
            spec: {ports: [{name: http, port: 80}, {name: raw, port: 6379, appProtocol: tcp}]}
            ---
            """;
    private static final ResourceKey ROUTE = ResourceKind.HTTP_ROUTE.key("shop", "route");

    private final List<ProxyStatus> proxies = new ArrayList<>();
    private Facts facts = Facts.EMPTY;
    private final MeshStatus status = new MeshStatus(() -> facts, () -> new Fleet(proxies, List.of(), false));

    @Test
    void routeToAServiceThatExistsIsAcceptedAndResolved() throws Exception {
        give(1, SERVICE + route("cart", "cart", 80));
        assertThat(status.conditions(ROUTE, 1))
                .extracting(Condition::type, Condition::holds)
                .containsExactly(tuple("Accepted", true), tuple("ResolvedRefs", true), tuple("Programmed", true));
    }

    @Test
    void danglingReferencesAreNamed() throws Exception {
        give(1, SERVICE + route("gone", "cart", 81));
        assertThat(condition(ROUTE, "Accepted").reason()).isEqualTo("NoMatchingParent");
        assertThat(condition(ROUTE, "ResolvedRefs"))
                .isEqualTo(new Condition(
                        "ResolvedRefs", false, "BackendNotFound", "service shop/cart has no port 81, only [80, 6379]"));

        give(2, SERVICE + route("cart", "cart", 6379));
        assertThat(condition(ROUTE, "ResolvedRefs").reason()).isEqualTo("UnsupportedProtocol");
    }

    @Test
    void whatIsPassedOverIsNamed() throws Exception {
        give(1, SERVICE);
        assertThat(condition(ResourceKind.SERVICE.key("shop", "cart"), "PartiallyHonoured")
                        .message())
                .contains("6379");
    }

    @Test
    void policyWithoutATargetIsNotAccepted() throws Exception {
        give(1, """
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: p, namespace: shop}
                spec: {targetRefs: [{group: "", kind: Service, name: cart}], timeouts: {request: 1s}}
                """);
        ResourceKey policy = ResourceKind.TRAFFIC_POLICY.key("shop", "p");
        assertThat(condition(policy, "Accepted").reason()).isEqualTo("TargetNotFound");
        assertThat(status.settings(new ServiceName("shop", "cart"), 80)).isEmpty();
    }

    @Test
    void programmedNamesThoseThatDoNotRunIt() throws Exception {
        give(7, SERVICE);
        proxies.add(new ProxyStatus(node("fast"), 7, 7, List.of()));
        proxies.add(new ProxyStatus(node("slow"), 6, 7, List.of()));
        ResourceKey service = ResourceKind.SERVICE.key("shop", "cart");
        Condition programmed = status.conditions(service, 7).getLast();
        assertThat(programmed.holds()).isFalse();
        assertThat(programmed.message()).contains("slow (PENDING)").doesNotContain("fast");
        assertThat(status.conditions(service, 6).getLast().holds()).isTrue();
    }

    @Test
    void resourceThatDoesNotExistHasNoConditions() {
        assertThat(status.conditions(ROUTE, 1)).isEmpty();
    }

    private Condition condition(ResourceKey key, String type) {
        return status.conditions(key, 0).stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static String route(String parent, String backend, int port) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: route, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: %s}]
                  rules: [{backendRefs: [{name: %s, port: %d}]}]
                """.formatted(parent, backend, port);
    }

    private void give(long revision, String yaml) throws InvalidInputException {
        List<Resource> resources = new ResourceCodec()
                .decode(List.of(new SourceText("test.yaml", yaml))).documents().stream()
                        .map(DecodedDocument::resource)
                        .toList();
        facts = new Facts(new TrustDomain("cluster.local"), revision, resources, RegistrySnapshot.EMPTY);
    }

    private static ProxyNode node(String id) {
        return new ProxyNode(
                id,
                ProxyNode.Client.WEFT,
                "shop",
                id,
                "default",
                Map.of(),
                List.of(),
                ProxyNode.DEFAULT_OUTBOUND_PORT,
                0,
                "",
                "",
                Set.of());
    }
}
