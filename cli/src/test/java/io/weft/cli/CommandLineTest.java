package io.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command against a REST API of a test's own making. */
class CommandLineTest {
    private record Answer(int status, String body) {}

    private record Outcome(int code, String out, String err) {}

    private final Map<String, Answer> answers = new HashMap<>();
    private final Map<String, String> bodies = new ConcurrentHashMap<>();
    private final Map<String, String> tokens = new ConcurrentHashMap<>();

    @TempDir
    Path temporary = Path.of("");

    private HttpServer server = unstarted();

    private static HttpServer unstarted() {
        try {
            return HttpServer.create();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void startServer() throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            bodies.put(path, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            tokens.put(path, exchange.getRequestHeaders().getFirst("authorization"));
            Answer answer = answers.getOrDefault(path, new Answer(404, "{\"detail\":\"nothing there\"}"));
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Files.writeString(temporary.resolve("token"), "secret\n");
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int code = line.execute(arguments);
        return new Outcome(code, out.toString(), err.toString());
    }

    private Outcome ask(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--server",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "--token-file",
                temporary.resolve("token").toString()));
        return run(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "run --port 8080 -- true, expected --service",
        "run --service cart -- true, expected --port",
        "run --service cart --port 0x50 -- true, 0x50",
        "run --service cart --port 70000 -- true, expected 1 to 65535",
        "run --service cart --port 80 --protocol smtp -- true, 'expected http, http2, grpc or tcp'",
        "run --server mesh.example:15010 -- true, expected --token-file",
        "run, COMMAND",
        "server --svid-ttl soon, expected a number and s",
        "server --store paper, expected sqlite or memory",
        "server --listen 15010, expected HOST:PORT",
        "demo -o json, expected --seconds",
        "demo --rate 0, expected 1 to 10000",
        "token, weft token create",
        "apply, --filename",
        "status --output xml, table",
        "proxy -c x --drain-seconds -1, expected 0 to 3600",
        "proxy -c x --drain-seconds 3601, expected 0 to 3600",
        "nosuch, nosuch"
    })
    void wrongUseIsExplainedWithExitCode2(String arguments, String explanation) {
        Outcome outcome = run(arguments.split(" "));

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains(explanation).hasLineCount(2);
    }

    @Test
    void serviceThatNobodyWillReachIsToldOf() {
        Outcome outcome = run(
                "run",
                "--service",
                "db",
                "--port",
                "5432",
                "--protocol",
                "tcp",
                "--state-dir",
                temporary.resolve("none").toString(),
                "--proxy-state-dir",
                temporary.resolve("proxy").toString(),
                "--",
                "true");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().lines())
                .hasSize(2)
                .first()
                .isEqualTo("weft run: only HTTP is carried yet: nobody in the mesh reaches db:5432");
        assertThat(outcome.err()).contains("no control plane runs on " + temporary.resolve("none"));
    }

    @Test
    void programThatIsNotThereEndsAsInAShell() throws IOException {
        Outcome nowhere = run("run", "--", "no-such-program");
        assertThat(nowhere.code()).isEqualTo(127);
        assertThat(nowhere.err())
                .isEqualTo("weft: no-such-program: there is no such program in any directory of PATH\n");

        Path script = temporary.resolve("script");
        assertThat(run("run", "--", script.toString()).code()).isEqualTo(127);
        Files.createFile(script);
        Outcome plain = run("run", "--", script.toString());
        assertThat(plain.code()).isEqualTo(126);
        assertThat(plain.err()).contains("chmod +x " + script);
        assertThat(run("run", "--", temporary.toString()).code()).isEqualTo(126);
    }

    @Test
    void nothingButTheHelpTellsWhatTheCommandsAre() {
        assertThat(run()).satisfies(bare -> {
            assertThat(bare.code()).isEqualTo(2);
            assertThat(bare.err()).contains("apply").contains("status");
        });
    }

    @Test
    void documentsWithoutADocumentAreAMistake() throws IOException {
        Path empty = Files.writeString(temporary.resolve("empty.yaml"), "# what was to be here\n---\n");
        for (String command : List.of("apply", "diff")) {
            Outcome outcome = ask(command, "--prune", "-f", empty.toString());
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err()).contains(empty + ": there is no document in it");
        }
        assertThat(bodies).isEmpty();
    }

    @Test
    void onlyWhereNoControlPlaneAnswersTheProxiesOfThisHostAreAsked() {
        answers.put("/api/v1/status", new Answer(401, "{\"detail\":\"the token is wrong\"}"));
        assertThat(ask("status")).satisfies(refused -> {
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("the token is wrong");
            assertThat(refused.out()).isEmpty();
        });
    }

    @Test
    void aFileThatCannotBeUsedIsToldWithTheReason() {
        Path nowhere = temporary.resolve("nowhere/x");
        assertThat(run("run", "--server", "127.0.0.1:1", "--token-file", nowhere.toString(), "--", "true")
                        .err())
                .contains(nowhere + ": there is no such file or directory");
        answers.put("/api/v1/tokens", new Answer(200, "{\"token\":\"weft1.a.b\"}"));
        assertThat(ask("token", "create", "-n", "a", "--service-account", "b", "--out", nowhere.toString())
                        .err())
                .contains("cannot be written to " + nowhere + ": there is no such file or directory")
                .doesNotContain(".tmp");
    }

    @Test
    void statusIsATableJsonOrYaml() {
        answers.put("/api/v1/status", new Answer(200, """
                        {"revision":7,"proxies":[{"id":"cart-1","client":"weft","version":"1","namespace":"shop",
                        "workload":"cart-1","state":"rejected","revision":6,
                        "rejections":[{"type":"t","name":"service/shop/cart/80","reason":"no\\u001b[31m good"}]}],
                        "absent":["pay-1"],"refusedJoins":[{"identity":"spiffe://d/ns/shop/sa/x","count":3,
                        "reason":"the join token 12 expired","last":"2026-01-01T00:00:00.123456789Z"}]}"""));

        assertThat(ask("status").out())
                .contains("the head is revision 7")
                .containsPattern("cart-1 +shop +cart-1 +weft 1 +rejected +6 +1")
                .contains("cart-1 refused service/shop/cart/80: no [31m good")
                .contains("pay-1 has not come back since the control plane started")
                .containsPattern("spiffe://d/ns/shop/sa/x +2026-01-01T00:00:00Z +3 +the join token 12 expired")
                .doesNotContain("\u001b");
        assertThat(ask("status", "-o", "json").out()).contains("\"revision\" : 7");
        assertThat(ask("status", "-o", "yaml").out()).contains("revision: 7");
        assertThat(tokens).containsEntry("/api/v1/status", "Bearer secret");
    }

    @Test
    void applySendsFilesByTheirNamesAndTellsWhatChanged() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("mesh"));
        Files.writeString(folder.resolve("b.yaml"), "kind: B");
        Files.writeString(folder.resolve("a.yml"), "kind: A");
        Files.writeString(folder.resolve("README.md"), "no resource");
        answers.put("/api/v1/changesets", new Answer(200, """
                        {"previous":1,"revision":2,"dryRun":false,"changes":[{"change":"added","resource":
                        {"group":"","kind":"Service","namespace":"shop","name":"cart"},"file":"a.yml","line":1,
                        "fields":[]}],"skipped":[],"warnings":[]}"""));

        Outcome outcome = ask("apply", "-f", folder.toString());

        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("Service/shop/cart added").contains("revision 2");
        assertThat(bodies.get("/api/v1/changesets"))
                .contains("a.yml")
                .contains("kind: B")
                .doesNotContain("README");
    }

    @Test
    void refusedDocumentsAreALineEachWithExitCode2() throws IOException {
        Path file = Files.writeString(temporary.resolve("bad.yaml"), "kind: A");
        answers.put("/api/v1/changesets", new Answer(422, """
                        {"status":422,"detail":"nothing was changed: 2 errors","violations":[
                        {"message":"bad.yaml:3: spec.port: wrong"},{"message":"bad.yaml:9: spec.host: wrong"}]}"""));

        Outcome outcome = ask("apply", "-f", file.toString());

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err().lines())
                .containsExactly(
                        "weft: bad.yaml:3: spec.port: wrong",
                        "weft: bad.yaml:9: spec.host: wrong",
                        "weft: nothing was changed: 2 errors");
    }

    @Test
    void applyWaitsForAllAndTellsOfThoseWhoAreAway() throws IOException {
        Path file = Files.writeString(temporary.resolve("a.yaml"), "kind: A");
        answers.put("/api/v1/changesets", new Answer(200, "{\"revision\":2,\"changes\":[]}"));
        answers.put("/api/v1/revisions/2/status", new Answer(200, """
                        {"complete":false,"current":1,"behind":[],"absent":["pay-1"]}"""));
        Outcome awaited = ask("apply", "--wait", "-f", file.toString());
        assertThat(awaited.code()).isEqualTo(1);
        assertThat(awaited.err())
                .contains("not every proxy runs it")
                .contains("pay-1 has not come back since the control plane started");

        answers.put("/api/v1/revisions/2/status", new Answer(200, """
                        {"complete":true,"current":1,"behind":[],"absent":["pay-1"]}"""));
        Outcome given = ask("apply", "--wait", "-f", file.toString());
        assertThat(given.code()).isZero();
        assertThat(given.out()).contains("the proxy runs it").contains("not waited for any longer: pay-1");
    }

    @Test
    void validateNamesFileAndLineWithoutAControlPlane() throws IOException {
        Path file = Files.writeString(
                temporary.resolve("service.yaml"),
                "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec:\n  prots: []\n");

        Outcome outcome = run("validate", "-f", file.toString());

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains(file + ":5: spec.prots").contains("ports");
    }

    @Test
    void whereNothingListensSaysWhatToDo() {
        server.stop(0);

        Outcome outcome = ask("status");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("no control plane answers").contains("weft server");
    }

    @Test
    void aNameThatIsNotThereFails() {
        answers.put("/api/v1/resources", new Answer(200, "{\"revision\":1,\"items\":[]}"));

        assertThat(ask("get", "httproute", "cart").code()).isEqualTo(1);
        assertThat(ask("delete", "httproute", "cart").err()).contains("there is no HTTPRoute/default/cart");
        assertThat(ask("get", "htproute").code()).isEqualTo(2);
    }

    @Test
    void completionKnowsTheCommands() {
        assertThat(run("completion").out()).contains("describe").contains("--service-account");
    }
}
