package io.weft.tests.faults.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.Load;
import io.weft.tests.rest.MeshRest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Numbered change sets, each of which moves the traffic of service {@code v}: to a new backend, by a route with marks of its own, under a policy of its
 * own; the last one's backend goes. What a request met can be told from its response.
 */
final class ChangeSets {
    private static final Load.Request QUICK = Load.Request.get("http://v:8080/?reflect=x-change");
    /** Longer than the policy of every other change set lets it take. */
    private static final Load.Request SLOW = Load.Request.get("http://v:8080/?reflect=x-change&delay=4000");

    private static final int ONE_IS_SLOW = 50;

    private static final List<String> MODES = List.of("STRICT", "PERMISSIVE", "DISABLE", "STRICT", "DISABLE");

    private final MeshRest rest;
    private int last;

    ChangeSets(MeshRest rest) {
        this.rest = rest;
    }

    int last() {
        return last;
    }

    static Load.Request request(long number) {
        return number % ONE_IS_SLOW == 0 ? SLOW : QUICK;
    }

    private static boolean isImpatient(int number) {
        return number % 2 != 0;
    }

    private static String application(int number) {
        return number % 2 == 0 ? "v-a" : "v-b";
    }

    /** Applies the next one, without waiting; returns its revision. */
    long next() {
        last++;
        HttpResponse<String> response = rest.post(
                "/changesets?namespace=shop",
                "application/json",
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "files",
                                List.of(Map.of("name", "change-" + last, "text", documents(last))),
                                "deletes",
                                last == 1
                                        ? List.of()
                                        : List.of(Map.of(
                                                "kind", "Service", "namespace", "shop", "name", "v-" + (last - 1))))));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return MeshRest.json(response).path("revision").asLong();
    }

    private static String documents(int number) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: v}
                spec: {ports: [{port: 8080, name: http, appProtocol: http}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: v-%1$d}
                spec:
                  selector: {app: %2$s}
                  ports: [{port: 8080, name: http, appProtocol: http}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: v}
                spec:
                  parentRefs: [{group: "", kind: Service, name: v, port: 8080}]
                  rules:
                  - name: slow
                    matches: [{queryParams: [{name: delay, value: "4000"}]}]
                    filters: &filters
                    - type: RequestHeaderModifier
                      requestHeaderModifier: {set: [{name: x-change, value: "%1$d"}]}
                    - type: ResponseHeaderModifier
                      responseHeaderModifier: {set: [{name: x-route, value: "%1$d"}]}
                    backendRefs: &backends
                    - name: v-%1$d
                      port: 8080
                      filters:
                      - type: ResponseHeaderModifier
                        responseHeaderModifier: {set: [{name: x-backend, value: "%1$d"}]}
                  - name: quick
                    filters: *filters
                    backendRefs: *backends
                ---
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: v}
                spec:
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: v, sectionName: slow}]
                  timeouts: {request: %3$s}
                ---
                # A proxy that stood still for some seconds finds its connects late, which is not what is asked for here.
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: patience, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Namespace, name: shop}]
                  timeouts: {connect: 20s}
                ---
                apiVersion: mesh.weft.io/v1
                kind: PeerAuthentication
                metadata: {name: default}
                spec: {mtls: {mode: %4$s}}
                """.formatted(
                number, application(number), isImpatient(number) ? "3s" : "20s", MODES.get(number % MODES.size()));
    }

    /** What is wrong with a response: it failed, or it is not wholly of one change set. */
    static String fault(Load.Answer answer) {
        return fault(answer, true);
    }

    /** As {@link #fault}, through a proxy that stands still now and then: it finds answers that came meanwhile, and no timeout cuts them off. */
    static String faultBesideTimeouts(Load.Answer answer) {
        return fault(answer, false);
    }

    private static String fault(Load.Answer answer, boolean onTime) {
        String mark = answer.response().header("x-route");
        int number = mark.isEmpty() ? 0 : Integer.parseInt(mark);
        boolean slow = answer.request().equals(SLOW);
        String marks = "route %s, backend %s, request %s, application %s"
                .formatted(
                        mark,
                        answer.response().header("x-backend"),
                        answer.response().header("x-reflected-x-change"),
                        answer.application());
        int status = answer.response().status();
        if (status != 200) {
            return slow && status == 504 ? "" : "status " + status + ", cause " + answer.cause() + ", " + marks;
        }
        String whole = "route %d, backend %d, request %d, application %s"
                .formatted(number, number, number, application(number));
        boolean late = onTime && slow && isImpatient(number);
        return marks.equals(whole) && !late
                ? ""
                : "a mixture: " + marks + (late ? ", without the policy's timeout" : "");
    }
}
