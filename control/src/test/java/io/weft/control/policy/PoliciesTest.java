package io.weft.control.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.ir.Origin;
import io.weft.control.ir.ServiceName;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.PeerAuthentication.Mode;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.TrafficSettings.Timeouts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PoliciesTest {
    private static final TrafficTarget CART = TrafficTarget.port(new ServiceName("shop", "cart"), "http");
    private static final PeerTarget POD = new PeerTarget("shop", Map.of("app", "cart"), 8080);

    @Test
    void nearestWinsFieldByFieldAndSaysWhoItWas() {
        Effective<TrafficSettings> effective = new TrafficPolicyKind(Optional.empty())
                .effective(
                        List.of(
                                policy("wide", "Namespace", "shop", "", timeouts(1, 2, null)),
                                policy("near", "Service", "cart", "", timeouts(3, null, null)),
                                policy("port", "Service", "cart", "http", timeouts(null, null, 4)),
                                policy("otherPort", "Service", "cart", "admin", timeouts(9, 9, 9)),
                                policy("other", "Service", "pay", "", timeouts(9, 9, 9))),
                        CART);
        Timeouts timeouts = effective.value().timeouts();
        assertThat(timeouts)
                .isEqualTo(new Timeouts(
                        Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ZERO));
        assertThat(effective.origins())
                .containsEntry("timeouts.connect", origin("near", "spec.timeouts.connect"))
                .containsEntry("timeouts.responseHead", origin("wide", "spec.timeouts.responseHead"))
                .containsEntry("timeouts.idle", origin("port", "spec.timeouts.idle"))
                .doesNotContainKey("timeouts.request");
    }

    @Test
    void ofTwoEquallyNearTheOlderWins() {
        TrafficPolicy younger = policy("a", "Service", "cart", "", timeouts(1, null, null));
        TrafficPolicy older = new TrafficPolicy(
                Metadata.of("shop", "b").withCreationTimestamp(Instant.EPOCH),
                List.of(TargetReference.service("cart")),
                timeouts(2, null, null));
        Effective<TrafficSettings> effective =
                new TrafficPolicyKind(Optional.empty()).effective(List.of(younger, older), CART);
        assertThat(effective.origins()).containsEntry("timeouts.connect", origin("b", "spec.timeouts.connect"));
    }

    @Test
    void modeIsThePortsThenTheWorkloadsThenTheNamespacesThenTheMeshs() {
        PeerAuthentication mesh = peer(PeerAuthentication.MESH_NAMESPACE, Map.of(), Mode.STRICT, Map.of());
        PeerAuthentication namespace = peer("shop", Map.of(), Mode.DISABLE, Map.of());
        PeerAuthentication workload =
                peer("shop", Map.of("app", "cart"), Mode.PERMISSIVE, Map.of(8080, Mode.STRICT, 9090, Mode.UNSET));
        PeerAuthentication elsewhere = peer("shop", Map.of("app", "pay"), Mode.DISABLE, Map.of());

        assertThat(mode(List.of(), POD)).isEqualTo(Mode.PERMISSIVE);
        assertThat(mode(List.of(mesh), POD)).isEqualTo(Mode.STRICT);
        assertThat(mode(List.of(mesh, namespace), POD)).isEqualTo(Mode.DISABLE);
        assertThat(mode(List.of(mesh, namespace, elsewhere, workload), POD)).isEqualTo(Mode.STRICT);
        PeerTarget otherPort = new PeerTarget("shop", Map.of("app", "cart"), 9090);
        assertThat(mode(List.of(mesh, namespace, workload), otherPort)).isEqualTo(Mode.PERMISSIVE);
        PeerAuthentication unset = peer("shop", Map.of(), Mode.UNSET, Map.of());
        assertThat(mode(List.of(mesh, unset), POD)).isEqualTo(Mode.STRICT);
    }

    private static Mode mode(List<PeerAuthentication> policies, PeerTarget target) {
        return new PeerAuthenticationKind().effective(policies, target).value();
    }

    private static PeerAuthentication peer(
            String namespace, Map<String, String> selector, Mode mode, Map<Integer, Mode> ports) {
        String name = "p" + String.join("", selector.values());
        return new PeerAuthentication(Metadata.of(namespace, name), selector, mode, ports);
    }

    private static Origin origin(String policy, String path) {
        return new Origin(ResourceKind.TRAFFIC_POLICY.key("shop", policy), path);
    }

    private static TrafficPolicy policy(
            String name, String kind, String target, String section, TrafficSettings settings) {
        return new TrafficPolicy(
                Metadata.of("shop", name.toLowerCase(Locale.ROOT)),
                List.of(new TargetReference("", kind, target, section)),
                settings);
    }

    private static TrafficSettings timeouts(@Nullable Integer connect, @Nullable Integer head, @Nullable Integer idle) {
        return new TrafficSettings(
                null, null, new Timeouts(seconds(connect), seconds(head), seconds(idle), null), null, null, null);
    }

    private static @Nullable Duration seconds(@Nullable Integer seconds) {
        return seconds == null ? null : Duration.ofSeconds(seconds);
    }
}
