package io.weft.tests.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A control plane, and programs beside their proxies. */
class RunTest {
    private static final Duration BOUND = Duration.ofSeconds(60);

    @TempDir
    Path temporary = Path.of("");

    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void startServer() throws Exception {
        processes.add(new Weft(temporary)
                .start(
                        temporary.resolve("server.out"),
                        temporary.resolve("server.err"),
                        List.of("server", "--listen", "127.0.0.1:0", "--rest-port", "0", "--metrics-port", "0")));
        await().atMost(BOUND).until(() -> Files.exists(temporary.resolve("weft/server/server.json")));
    }

    @AfterEach
    void endProcesses() throws Exception {
        for (Process process : processes.reversed()) {
            process.destroy();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void curlReachesAServiceByNameAndIsKnownThere() throws Exception {
        Weft weft = new Weft(temporary);
        HttpServer application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/", exchange -> {
            byte[] body = exchange.getRequestHeaders()
                    .getFirst("x-forwarded-client-cert")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        application.start();
        try {
            // The program itself does nothing: what listens on the application's port is this test.
            processes.add(weft.start(
                    temporary.resolve("cart.out"),
                    temporary.resolve("cart.err"),
                    List.of(
                            "run",
                            "-n",
                            "shop",
                            "--service",
                            "cart",
                            "--port",
                            "8080",
                            "--app-port",
                            Integer.toString(application.getAddress().getPort()),
                            "--",
                            "sleep",
                            "120")));
            await().atMost(BOUND)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> weft.run(BOUND, "endpoints", "cart").out().contains(" available"));

            Weft.Outcome outcome = weft.run(
                    BOUND,
                    "run",
                    "-n",
                    "shop",
                    "--service-account",
                    "web",
                    "--",
                    "curl",
                    "-sS",
                    "--max-time",
                    "20",
                    "--retry",
                    "5",
                    "--retry-all-errors",
                    "--fail",
                    "http://cart:8080/");

            assertThat(outcome.code()).as(outcome.err()).isZero();
            assertThat(outcome.out())
                    .contains("By=spiffe://cluster.local/ns/shop/sa/cart")
                    .contains("URI=spiffe://cluster.local/ns/shop/sa/web");
        } finally {
            application.stop(0);
        }
    }

    /** Nothing of the control plane's state is there, as on another host. */
    @Test
    void aTokensFileIsAllThatAnotherHostNeeds() throws Exception {
        Weft weft = new Weft(temporary);
        Path token = temporary.resolve("web.token");
        assertThat(weft.run(
                                BOUND,
                                "token",
                                "create",
                                "-n",
                                "shop",
                                "--service-account",
                                "web",
                                "--out",
                                token.toString())
                        .code())
                .isZero();
        String xds = JsonMapper.shared()
                .readTree(Files.readString(temporary.resolve("weft/server/server.json")))
                .path("xds")
                .asString();
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));

        Weft.Outcome outcome = new Weft(elsewhere)
                .run(
                        BOUND,
                        "run",
                        "--server",
                        xds,
                        "--token-file",
                        token.toString(),
                        "-n",
                        "shop",
                        "--service-account",
                        "web",
                        "--",
                        "sh",
                        "-c",
                        "echo $http_proxy");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("http://127.0.0.1:");
    }

    @Test
    void theProgramsExitCodeIsTheCommands() throws Exception {
        Weft weft = new Weft(temporary);

        assertThat(weft.run(BOUND, "run", "--", "sh", "-c", "exit 42").code()).isEqualTo(42);
        assertThat(weft.run(BOUND, "run", "--", "sh", "-c", "kill -KILL $$").code())
                .isEqualTo(137);
    }
}
