package io.weft.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.ir.ServiceName;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Resource;
import io.weft.resource.model.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DerivationTest {
    private final Derivation derivation = new Derivation();

    @Test
    void unchangedInputsAreReadAndNothingElseIsComputed() {
        give(service("shop", "cart", 80), service("pay", "card", 80));
        var before = derivation.get(new Routes.Outbound("shop"));
        give(service("shop", "cart", 80), service("pay", "card", 80));
        assertThat(derivation.get(new Routes.Outbound("shop"))).isSameAs(before);
    }

    @Test
    void changeRecomputesItsReadersOnly() {
        give(service("shop", "cart", 8080), service("pay", "card", 80));
        var cart = new Routes.OfPort(new ServiceName("shop", "cart"), 8080, "shop");
        var card = new Routes.OfPort(new ServiceName("pay", "card"), 80, "pay");
        var cartBefore = derivation.get(cart);
        var cardBefore = derivation.get(card);

        // With a second port, a host without a port means neither.
        give(service("shop", "cart", 8080, 8081), service("pay", "card", 80));
        assertThat(derivation.get(card)).isSameAs(cardBefore);
        assertThat(derivation.get(cart)).isNotEqualTo(cartBefore);
    }

    @Test
    void changeThatMakesNoDifferenceStopsThere() {
        give(service("shop", "cart", 80));
        var before = derivation.get(new Counting("shop"));
        long runs = Counting.runs;
        // Labels are read by nobody: the derived service is as it was.
        Service labelled = new Service(
                Metadata.of("shop", "cart").withLabels(Map.of("team", "a")),
                service("shop", "cart", 80).ports(),
                Map.of());
        give(labelled);
        assertThat(derivation.get(new Counting("shop"))).isSameAs(before);
        assertThat(Counting.runs).isEqualTo(runs);
        give(service("shop", "mart", 80));
        assertThat(derivation.get(new Counting("shop"))).isNotEqualTo(before);
    }

    @Test
    void whatNobodyAskedForIsForgotten() {
        give(service("shop", "cart", 80));
        derivation.get(new Routes.Outbound("shop"));
        give(service("shop", "cart", 80));
        derivation.forgetUnused();
        long before = derivation.computed();
        derivation.get(new Routes.Outbound("shop"));
        assertThat(derivation.computed()).isGreaterThan(before + 3);
    }

    /** Reads one thing, and counts. */
    private record Counting(String namespace) implements Query<List<String>> {
        private static long runs;

        @Override
        public List<String> compute(View view) {
            runs++;
            return new ArrayList<>(
                    view.read(new Services.InNamespace(namespace)).keySet());
        }
    }

    private void give(Resource... resources) {
        derivation.update(new Facts(new TrustDomain("mesh.example"), 1, List.of(resources), RegistrySnapshot.EMPTY));
    }

    private static Service service(String namespace, String name, int... ports) {
        List<Service.Port> all = new ArrayList<>();
        for (int port : ports) {
            all.add(Service.Port.of("p" + port, port, "http"));
        }
        return new Service(Metadata.of(namespace, name), all, Map.of());
    }
}
