package io.weft.tests.faults.outage;

import io.weft.tests.rest.MeshRest;
import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;

/** A change set of three documents that all carry one number: whoever sees two numbers at once sees half of a change. */
final class Split {
    private Split() {}

    static String of(int number) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: cart, namespace: shop, labels: {number: "n%1$d"}}
                spec: {ports: [{name: http, port: 8080}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: cart, namespace: shop, labels: {number: "n%1$d"}}
                spec:
                  parentRefs: [{group: "", kind: Service, name: cart}]
                  rules:
                  - filters:
                    - type: ResponseHeaderModifier
                      responseHeaderModifier: {set: [{name: x-number, value: "%1$d"}]}
                    backendRefs: [{name: cart, port: 8080}]
                ---
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: cart, namespace: shop, labels: {number: "n%1$d"}}
                spec:
                  targetRefs: [{group: "", kind: Service, name: cart}]
                  timeouts: {request: 30s}
                """.formatted(number);
    }

    /** The number that one of the three carries in the control plane. */
    static int stored(MeshRest rest, String kind) {
        JsonNode resource = rest.get("/resources/" + kind + "/shop/cart").path("resource");
        return Integer.parseInt(
                resource.at("/metadata/labels/number").asString("n0").substring(1));
    }

    /** The revision that an answer to a change set tells; 0 where it was not taken. */
    static long revision(HttpResponse<String> answer) {
        return answer.statusCode() == 200
                ? MeshRest.json(answer).path("revision").asLong()
                : 0;
    }
}
