package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.RouteFilter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of that which Weft does not carry out. */
class HonourTest {
    private final ResourceCodec codec = new ResourceCodec();

    @Test
    void fieldsThatAreNotHonouredAreNamedWithTheirLines() throws Exception {
        DecodedDocument route = decode("""
                # what a shop needs
                ---
                # the route
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: a}
                spec:
                  useDefaultGateways: None
                  rules:
                  - sessionPersistence: {cookie: {}}
                    filters:
                    - type: RequestMirror
                      requestMirror: {backendRef: {name: b, port: 80}}
                # the end
                """).documents().getFirst();

        assertThat(route.notHonoured())
                .containsExactly(
                        new UnhonouredField("spec.useDefaultGateways", 8),
                        new UnhonouredField("spec.rules[0].sessionPersistence", 10),
                        new UnhonouredField("spec.rules[0].filters[0].requestMirror", 13));
        assertThat(((HttpRoute) route.resource()).rules().getFirst().filters())
                .containsExactly(new RouteFilter.Other(
                        "RequestMirror",
                        "{\"requestMirror\":{\"backendRef\":{\"group\":\"\",\"kind\":\"Service\",\"name\":\"b\",\"port\":80}},"
                                + "\"type\":\"RequestMirror\"}"));
    }

    @Test
    void theTextOfADocumentBeginsOnItsLine() throws Exception {
        DecodedDocument service = decode("""
                # a comment
                ---
                # 🕸 another
                apiVersion: v1
                kind: Service
                metadata: {name: a} # ours
                spec: {}

                # the end
                ---
                """).documents().getFirst();

        assertThat(service.line()).isEqualTo(4);
        assertThat(service.text()).startsWith("apiVersion: v1\nkind: Service\nmetadata: {name: a} # ours\nspec: {}\n");
    }

    @Test
    void partsOfATextWithAnchorsStandAloneAsJson() throws Exception {
        List<DecodedDocument> services = decode("""
                kind: List
                items:
                - apiVersion: v1
                  kind: Service
                  metadata: {name: a, labels: &labels {app: a}}
                  spec: {selector: *labels}
                - {apiVersion: v1, kind: Service, metadata: {name: b, labels: *labels}, spec: {}}
                """).documents();

        assertThat(services).extracting(DecodedDocument::text).containsExactly("""
                        {"apiVersion":"v1","kind":"Service","metadata":{"labels":{"app":"a"},"name":"a"},"spec":{"selector":{"app":"a"}}}""", """
                        {"apiVersion":"v1","kind":"Service","metadata":{"labels":{"app":"a"},"name":"b"},"spec":{}}""");
    }

    @Test
    void kindsThatAreNotForAMeshAreSkippedAndReported() throws Exception {
        DecodedChangeSet decoded = decode("""
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: shop}, spec: {anything: goes}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
                ---
                {apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: c}}
                ---
                {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: d}}
                """);

        assertThat(decoded.documents()).isEmpty();
        assertThat(decoded.skipped())
                .extracting(SkippedDocument::toString)
                .containsExactly(
                        "f:1: Deployment shop/a (apps/v1) skipped: not a kind for a mesh",
                        "f:3: ConfigMap b (v1) skipped: not a kind for a mesh",
                        "f:5: Service c (serving.knative.dev/v1) skipped: not a kind for a mesh",
                        "f:7: Gateway d (gateway.networking.k8s.io/v1) skipped: this version of Weft does not carry out Gateway");
    }

    @Test
    void whatAStoreHoldsMayHaveFieldsOfALaterVersion() throws Exception {
        DecodedDocument service = codec.decodeStored(List.of(new SourceText("store", """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: a}
                        spec:
                          fromTheFuture: yes
                          ports: [{port: 80, andThis: {}}]
                        """)))
                .documents()
                .getFirst();

        assertThat(service.notHonoured())
                .containsExactly(
                        new UnhonouredField("spec.fromTheFuture", 5), new UnhonouredField("spec.ports[0].andThis", 6));
    }

    @Test
    void theOlderVersionOfHttpRouteIsTheSame() throws Exception {
        String text = "{apiVersion: gateway.networking.k8s.io/%s, kind: HTTPRoute, metadata: {name: a}, spec: {}}";

        assertThat(decode(text.formatted("v1beta1")).documents().getFirst().resource())
                .isEqualTo(decode(text.formatted("v1")).documents().getFirst().resource());
    }

    private DecodedChangeSet decode(String text) throws Exception {
        return codec.decode(List.of(new SourceText("f", text)));
    }
}
