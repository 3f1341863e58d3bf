package io.weft.tests.faults.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.planes.EchoApplication;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** curl, h2load, Python's and Node's standard clients and {@code websockets}, through two proxies, to applications on Node and {@code websockets}. */
class StandardClientsTest {
    private static final Path SCRIPTS = scripts();

    private static TestMesh mesh;
    private static Sidecar client;
    private static Path upload;

    private static Path scripts() {
        try {
            return Path.of(StandardClientsTest.class.getResource("/clients").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        upload = Files.write(directory.resolve("upload"), new byte[3_000_000]);
        mesh = new TestMesh(directory);
        EchoApplication echo = mesh.keep(new EchoApplication("echo"));
        Programs.Server http = mesh.keep(server("http", Programs.found("node"), "application.mjs"));
        Programs.Server http2 = mesh.keep(server("http2", Programs.found("node"), "application.mjs"));
        Programs.Server chat =
                mesh.keep(server("websockets", Programs.installed("python/bin/python"), "websockets_server.py"));
        mesh.sidecar("backend")
                .offers("echo", 80, echo.port(), "http")
                .offers("node", 80, http.port(), "http")
                .offers("node2", 80, http2.port(), "http2")
                .offers("chat", 80, chat.port(), "http")
                .start();
        client = mesh.sidecar("client").start();
        for (String service : List.of("echo", "node", "node2")) {
            client.awaitAnswer("http://" + service + ".shop/");
        }
    }

    private static Programs.Server server(String name, String program, String script) throws IOException {
        return new Programs.Server(
                Map.of(),
                List.of(program, SCRIPTS.resolve(script).toString()),
                Pattern.compile(name + " listens on (\\d+)"));
    }

    @AfterAll
    static void leave() {
        if (mesh != null) {
            mesh.close();
        }
    }

    private static int port() {
        return client.outbound().getPort();
    }

    private static Programs.Outcome run(String program, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        Programs.Outcome outcome = Programs.run(Programs.proxySetting(client.outbound()), command);
        assertThat(outcome.code()).as(outcome.output()).isZero();
        return outcome;
    }

    private static String script(String program, String script, String check) throws Exception {
        return run(program, List.of(SCRIPTS.resolve(script).toString(), check, Integer.toString(port())))
                .output();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http",
                "httpTrailers",
                "httpKeepAlive",
                "httpTunnel",
                "http2",
                "http2Trailers",
                "http2ManyStreams",
                "fetch"
            })
    void nodePasses(String check) throws Exception {
        script(Programs.found("node"), "client.mjs", check);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http_client", "tunnel", "refused_tunnel", "urllib_with_a_proxy_setting"})
    void pythonPasses(String check) throws Exception {
        script(Programs.found("python3"), "client.py", check);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "by_a_proxy_setting",
                "by_its_host_header",
                "without_compression",
                "the_server_leaves",
                "many_at_once",
                "refused"
            })
    void websocketsPasses(String check) throws Exception {
        script(Programs.installed("python/bin/python"), "websockets_client.py", check);
    }

    /** What curl tells: its version of HTTP, the status, the bytes of the response. */
    private static String curl(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-sS", "--max-time", "25", "-o", "/dev/null"));
        all.addAll(List.of("-w", "%{http_version} %{http_code} %{size_download}\n"));
        all.addAll(List.of(arguments));
        return run(Programs.found("curl"), all).output();
    }

    @Test
    void curlGetsByAProxySetting() throws Exception {
        assertThat(curl("http://node.shop/sized")).isEqualTo("1.1 200 5\n");
        assertThat(curl("http://node2.shop/sized")).isEqualTo("1.1 200 5\n");
        assertThat(curl("-I", "http://node2.shop/sized")).isEqualTo("1.1 200 0\n");
        assertThat(curl("http://node.shop/sized", "http://node.shop/empty", "-o", "/dev/null"))
                .isEqualTo("1.1 200 5\n1.1 204 0\n");
    }

    @Test
    void curlUploadsBehindA100Continue() throws Exception {
        for (String service : List.of("echo.shop", "node.shop", "node2.shop")) {
            Programs.Outcome outcome = run(
                    Programs.found("curl"),
                    List.of(
                            "-sSv",
                            "--max-time",
                            "25",
                            "--expect100-timeout",
                            "20",
                            "-H",
                            "Expect: 100-continue",
                            "-T",
                            upload.toString(),
                            "-o",
                            "/dev/null",
                            "-w",
                            "%{http_code} %{size_upload} %{size_download}",
                            "http://" + service + "/"));
            assertThat(outcome.output()).contains("HTTP/1.1 100 Continue").endsWith("200 3000000 3000000");
        }
    }

    @Test
    void curlUploadsInChunks() throws Exception {
        for (String service : List.of("echo.shop", "node.shop", "node2.shop")) {
            assertThat(curl("-H", "Transfer-Encoding: chunked", "-T", upload.toString(), "http://" + service + "/"))
                    .isEqualTo("1.1 200 3000000\n");
        }
    }

    @Test
    void curlPassesThroughATunnel() throws Exception {
        assertThat(curl("-p", "http://node.shop/sized")).isEqualTo("1.1 200 5\n");
        assertThat(curl("-p", "--http2-prior-knowledge", "http://node.shop/sized"))
                .isEqualTo("2 200 5\n");
        assertThat(curl("-p", "--http2-prior-knowledge", "-T", upload.toString(), "http://node2.shop/"))
                .isEqualTo("2 200 3000000\n");
    }

    @Test
    void curlSpeaksHttp2ByPriorKnowledge() throws Exception {
        for (String service : List.of("echo.shop", "node.shop", "node2.shop")) {
            String[] to = {"--noproxy", "*", "--http2-prior-knowledge", "--connect-to", "::127.0.0.1:" + port()};
            assertThat(curl(to[0], to[1], to[2], to[3], to[4], "-T", upload.toString(), "http://" + service + "/"))
                    .isEqualTo("2 200 3000000\n");
        }
    }

    @Test
    void anUpgradeToHttp2IsNotTakenAndTheRequestAnswered() throws Exception {
        assertThat(curl("--http2", "http://node.shop/sized")).isEqualTo("1.1 200 5\n");
    }

    @Test
    void curlSpeaksHttp10() throws Exception {
        // The response has a length, or ends with the connection.
        assertThat(curl("--http1.0", "http://node.shop/sized")).isEqualTo("1.1 200 5\n");
        assertThat(curl("--http1.0", "-T", upload.toString(), "http://node2.shop/"))
                .isEqualTo("1.1 200 3000000\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"node.shop", "node2.shop"})
    void h2loadLosesNothing(String service) throws Exception {
        for (String version : List.of("--h1", "--no-tls-proto=h2c")) {
            String told = run(
                            Programs.found("h2load"),
                            List.of(
                                    version,
                                    "-n500",
                                    "-c8",
                                    "-m10",
                                    "--connect-to=127.0.0.1:" + port(),
                                    "http://" + service + "/sized"))
                    .output();
            Matcher counts = Pattern.compile(
                            "(\\d+) total, \\d+ started, \\d+ done, (\\d+) succeeded, (\\d+) failed, (\\d+) errored")
                    .matcher(told);
            assertThat(counts.find()).as(told).isTrue();
            assertThat(List.of(counts.group(1), counts.group(2), counts.group(3), counts.group(4)))
                    .containsExactly("500", "500", "0", "0");
            assertThat(told).contains("status codes: 500 2xx");
        }
    }
}
