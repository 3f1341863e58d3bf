package io.weft.control.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.config.ChangeSet;
import io.weft.control.config.CommitResult;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialTranslationTest {
    private final DocumentCodec codec = new DocumentCodec(new ResourceCodec());
    private final TrialTranslation trial =
            new TrialTranslation(new TrustDomain("mesh.test"), () -> RegistrySnapshot.EMPTY, List::of);

    @Test
    void configurationThatProxiesTakeIsTaken() throws Exception {
        Snapshot first = with(Snapshot.EMPTY, service("cart", 80));
        assertThat(trial.check(first)).isEmpty();
        assertThat(trial.check(with(first, service("pay", 8080)))).isEmpty();
    }

    @Test
    void emptyConfigurationIsTaken() {
        assertThat(trial.check(Snapshot.EMPTY)).isEmpty();
    }

    private Snapshot with(Snapshot before, String text) throws Exception {
        List<ChangeSet.Operation> puts =
                codec.decode(List.of(new SourceText("shop.yaml", text)), "default").documents().stream()
                        .map(decoded -> (ChangeSet.Operation) new ChangeSet.Operation.Put(codec.document(decoded)))
                        .toList();
        CommitResult result = before.prepare(
                new ChangeSet(new ChangeSet.Precondition.Any(), puts, "test"), Instant.parse("2026-01-01T00:00:00Z"));
        return before.with(((CommitResult.Committed) result).revision());
    }

    private static String service(String name, int port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec:
                  ports: [{name: http, port: %d}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %s, namespace: consumer}
                spec:
                  parentRefs: [{group: "", kind: Service, name: %s, namespace: shop, port: %d}]
                  rules:
                  - backendRefs: [{name: %s, namespace: shop, port: %d}]
                """.formatted(name, port, name, name, port, name, port);
    }
}
