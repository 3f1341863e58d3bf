package io.weft.tests.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    private static final Duration BOUND = Duration.ofSeconds(150);

    @TempDir
    Path temporary = Path.of("");

    @Test
    void everyEdgeSucceedsOverMutualTls() throws Exception {
        Weft.Outcome outcome = new Weft(temporary).run(BOUND, "demo", "--seconds", "20", "-o", "json");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("startMillis")
                .contains("\"mtls\" : true")
                .doesNotContain("\"mtls\" : false");
    }

    @Test
    void plainTextOnOneEdgeIsSeen() throws Exception {
        Path disable = Files.writeString(temporary.resolve("disable.yaml"), """
                apiVersion: mesh.weft.io/v1
                kind: PeerAuthentication
                metadata: {name: cart, namespace: shop}
                spec:
                  selector: {matchLabels: {app: cart}}
                  mtls: {mode: DISABLE}
                """);

        Weft.Outcome outcome =
                new Weft(temporary).run(BOUND, "demo", "--seconds", "15", "-o", "json", "-f", disable.toString());

        assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("frontend -> cart: not all of it over mutual TLS")
                .contains("checkout -> cart: not all of it over mutual TLS")
                .doesNotContain("catalog: not all");
    }
}
