package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.core.violation.InvalidInputException;
import io.weft.resource.model.BackendReference;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.Service;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code kubectl get -o yaml} prints can be applied. */
class ClusterOutputTest {
    private final ResourceCodec codec = new ResourceCodec();

    private static final String LAST_APPLIED = "{\"apiVersion\":\"v1\",\"kind\":\"Service\"}\n";

    @Test
    void servicesFromAClusterApply() throws Exception {
        DecodedChangeSet decoded = decode("kubectl-get-svc.yaml");

        assertThat(decoded.documents())
                .extracting(DecodedDocument::resource)
                .containsExactly(
                        new Service(
                                new Metadata(
                                        "shop",
                                        "cart",
                                        Map.of("app", "cart"),
                                        Map.of("kubectl.kubernetes.io/last-applied-configuration", LAST_APPLIED),
                                        null),
                                List.of(
                                        new Service.Port(
                                                "http",
                                                80,
                                                new Service.TargetPort.Numbered(8080),
                                                Service.Transport.TCP,
                                                ""),
                                        new Service.Port(
                                                "grpc",
                                                9000,
                                                new Service.TargetPort.Named("grpc-api"),
                                                Service.Transport.TCP,
                                                "kubernetes.io/h2c")),
                                Map.of("app", "cart")),
                        new Service(
                                Metadata.of("shop", "sticky"),
                                List.of(Service.Port.of("", 8080, "")),
                                Map.of("app", "sticky")));
        assertThat(decoded.documents().getFirst().notHonoured()).isEmpty();
        assertThat(decoded.documents().getLast().notHonoured())
                .extracting(UnhonouredField::toString)
                .containsExactly(
                        "UnhonouredField[path=spec.sessionAffinity, line=70]",
                        "UnhonouredField[path=spec.sessionAffinityConfig, line=71]");
    }

    @Test
    void itemsOfAListKeepTheirTextAndLine() throws Exception {
        DecodedDocument sticky = decode("kubectl-get-svc.yaml").documents().getLast();

        assertThat(sticky.line()).isEqualTo(51);
        assertThat(sticky.text())
                .startsWith("  apiVersion: v1\n  kind: Service\n")
                .endsWith("    loadBalancer: {}\n");
        assertThat(codec.decode(List.of(new SourceText("item", sticky.text())))
                        .documents()
                        .getFirst()
                        .resource())
                .isEqualTo(sticky.resource());
    }

    @Test
    void routesFromAClusterApply() throws Exception {
        DecodedChangeSet decoded = decode("kubectl-get-httproute.yaml");

        HttpRoute route = (HttpRoute) decoded.documents().getFirst().resource();
        assertThat(route.metadata()).isEqualTo(Metadata.of("shop", "cart-canary"));
        assertThat(route.parentRefs()).containsExactly(ParentReference.service("shop", "cart"));
        HttpRoute.Rule rule = route.rules().getFirst();
        assertThat(rule.backendRefs())
                .containsExactly(
                        BackendReference.service("shop", "cart-v1", 8080, 90),
                        BackendReference.service("shop", "cart-v2", 8080, 10));
        assertThat(rule.timeouts()).isEqualTo(new HttpRoute.Timeouts(Duration.ofSeconds(10), null));
        assertThat(decoded.documents().getFirst().notHonoured()).isEmpty();
    }

    private DecodedChangeSet decode(String file) throws IOException, InvalidInputException {
        try (InputStream stream = ClusterOutputTest.class.getResourceAsStream(file)) {
            assertThat(stream).isNotNull();
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return codec.decode(List.of(new SourceText(file, text)));
        }
    }
}
