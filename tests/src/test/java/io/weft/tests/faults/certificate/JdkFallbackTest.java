package io.weft.tests.faults.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.HttpConnection;
import io.weft.tests.faults.HttpConnection.Response;
import io.weft.tests.faults.Instance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proxies whose BoringSSL does not load: slower, and peers all the same. */
class JdkFallbackTest {
    @Test
    void proxiesWithoutBoringSslWarnAndServeAllTheSame(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance cart = mesh.instance("cart-1")
                    .serves("cart", 8080, "http")
                    .environment("JAVA_TOOL_OPTIONS", "-Dio.netty.handler.ssl.noOpenSsl=true")
                    .start();
            Instance stock =
                    mesh.instance("stock-1").serves("stock", 8080, "http").start();
            Instance web = mesh.client("web");
            mesh.awaitAvailable("cart", 1);
            mesh.awaitAvailable("stock", 1);
            mesh.awaitSynced();

            assertThat(get(web, "cart").status()).isEqualTo(200);
            assertThat(get(cart, "cart").status()).isEqualTo(200);
            assertThat(get(cart, "stock").status()).isEqualTo(200);
            assertThat(get(web, "stock").status()).isEqualTo(200);

            assertThat(cart.proxy().logText())
                    .containsOnlyOnce("BoringSSL does not load")
                    .contains("noOpenSsl");
            assertThat(web.proxy().logText()).doesNotContain("BoringSSL");
            assertThat(sessions(cart, "server", "")).isPositive();
            assertThat(sessions(cart, "client", "")).isPositive();
            assertThat(sessions(stock, "server", "X25519")).isPositive();
            assertThat(sessions(stock, "server", "X25519MLKEM768")).isPositive();
            assertThat(sessions(web, "client", "X25519")).isPositive();
            assertThat(mesh.weft().run(Duration.ofSeconds(60), "certs").out())
                    .contains("KEY EXCHANGE")
                    .contains("X25519MLKEM768");
        }
    }

    private static double sessions(Instance instance, String side, String group) throws Exception {
        return instance.metrics().sum("weft_tls_sessions_total", "side", side, "group", group);
    }

    private static Response get(Instance from, String service) throws Exception {
        try (HttpConnection connection = new HttpConnection(from.outbound())) {
            return connection.send(
                    ("GET / HTTP/1.1\r\nhost: " + service + ":8080\r\n\r\n").getBytes(StandardCharsets.US_ASCII),
                    false,
                    Duration.ofSeconds(20));
        }
    }
}
