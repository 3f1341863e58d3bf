package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.weft.resource.model.Service;
import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.ValueMatch;
import io.weft.resource.model.Workload;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The least that each kind needs, and what the rest then is. */
class DefaultsTest {
    private static final Metadata A = Metadata.of("default", "a");

    private final ResourceCodec codec = new ResourceCodec();

    @Test
    void aServicesPortIsTcpAndItsTargetIsTheSameNumber() throws Exception {
        Service service = (Service) decode("""
                {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}
                """);

        assertThat(service)
                .isEqualTo(new Service(
                        A,
                        List.of(new Service.Port(
                                "", 80, new Service.TargetPort.Numbered(80), Service.Transport.TCP, "")),
                        Map.of()));
        assertThat(service.ports().getFirst().applicationProtocol()).isEqualTo(ApplicationProtocol.DETECT);
    }

    @Test
    void aNamespaceNeedsAName() throws Exception {
        assertThat(decode("{apiVersion: v1, kind: Namespace, metadata: {name: a}}"))
                .isEqualTo(new Namespace(Metadata.of("", "a")));
    }

    @Test
    void anHttpRouteMatchesEverything() throws Exception {
        assertThat(decode("""
                {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec: {}}
                """))
                .isEqualTo(new HttpRoute(
                        A,
                        List.of(),
                        List.of(),
                        List.of(new HttpRoute.Rule(
                                "",
                                List.of(HttpRoute.Match.EVERYTHING),
                                List.of(),
                                List.of(),
                                HttpRoute.Timeouts.UNSET,
                                null))));
    }

    @Test
    void referencesOfARouteStayInItsNamespaceAndWeighOne() throws Exception {
        HttpRoute route = (HttpRoute) decode("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: a, namespace: shop}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                  - matches:
                    - path: {value: /x}
                      headers: [{name: x-a, value: b}, {name: X-A, value: c}]
                    - method: GET
                    backendRefs: [{name: b, port: 80}]
                    retry: {}
                """);

        assertThat(route.parentRefs())
                .containsExactly(new ParentReference("gateway.networking.k8s.io", "Gateway", "shop", "edge", "", 0));
        HttpRoute.Rule rule = route.rules().getFirst();
        assertThat(rule.backendRefs()).containsExactly(BackendReference.service("shop", "b", 80, 1));
        assertThat(rule.retry()).isEqualTo(new HttpRoute.Retry(List.of(), 1, null));
        assertThat(rule.matches().getFirst())
                .isEqualTo(new HttpRoute.Match(
                        new HttpRoute.PathMatch(HttpRoute.PathMatch.Type.PATH_PREFIX, "/x"),
                        "",
                        List.of(new ValueMatch(ValueMatch.Type.EXACT, "x-a", "b")),
                        List.of()));
        assertThat(rule.matches().getLast().path()).isEqualTo(HttpRoute.Match.EVERYTHING.path());
    }

    @Test
    void aGrpcRouteHasNoRules() throws Exception {
        assertThat(decode("""
                {apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: a}, spec: {}}
                """)).isEqualTo(new GrpcRoute(A, List.of(), List.of(), List.of()));
    }

    @Test
    void aWorkloadHasNoProxyAndIsHealthy() throws Exception {
        assertThat(decode("""
                apiVersion: mesh.weft.io/v1
                kind: Workload
                metadata: {name: a}
                spec: {address: db.example, services: [{name: db, port: 5432}]}
                """))
                .isEqualTo(new Workload(
                        A,
                        List.of(Workload.OfferedService.of("db", 5432, 5432, ApplicationProtocol.DETECT)),
                        "db.example",
                        0,
                        Locality.UNKNOWN,
                        "default",
                        Workload.Health.HEALTHY));
    }

    @Test
    void aTrafficPolicySaysNothing() throws Exception {
        assertThat(decode("""
                {apiVersion: mesh.weft.io/v1, kind: TrafficPolicy, metadata: {name: a}, spec: {targetRefs: [{kind: Service, name: b}]}}
                """))
                .isEqualTo(new TrafficPolicy(A, List.of(TargetReference.service("b")), TrafficSettings.UNSET));
    }

    @Test
    void aPeerAuthenticationLeavesTheModeToTheNextWiderOne() throws Exception {
        assertThat(decode("{apiVersion: mesh.weft.io/v1, kind: PeerAuthentication, metadata: {name: a}}"))
                .isEqualTo(new PeerAuthentication(A, Map.of(), PeerAuthentication.Mode.UNSET, Map.of()));
    }

    @Test
    void aMeshConfigHasTheMeshsDefaults() throws Exception {
        assertThat(decode("{apiVersion: mesh.weft.io/v1, kind: MeshConfig, metadata: {name: default}}"))
                .isEqualTo(MeshConfig.DEFAULTS);
    }

    @Test
    void theCallerSaysWhichNamespaceIsMeant() throws Exception {
        SourceText text = new SourceText("-", "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {}}");

        assertThat(codec.decode(List.of(text), "shop")
                        .documents()
                        .getFirst()
                        .resource()
                        .key())
                .hasToString("Service/shop/a");
    }

    @Test
    void aPolicyOfTheNamespaceThatIsMeantNeedNotNameIt() throws Exception {
        SourceText text = new SourceText("-", """
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: all}
                spec: {targetRefs: [{group: "", kind: Namespace, name: shop}]}
                """);

        assertThat(codec.decode(List.of(text), "shop").documents()).hasSize(1);
        assertThatThrownBy(() -> codec.decode(List.of(text), "other"))
                .hasMessageContaining("the policy's own namespace, \"other\"");
    }

    private Resource decode(String text) throws Exception {
        return codec.decode(List.of(new SourceText("a.yaml", text)))
                .documents()
                .getFirst()
                .resource();
    }
}
