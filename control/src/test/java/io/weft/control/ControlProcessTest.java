package io.weft.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.rest.RestClient;
import io.weft.control.rest.RestClient.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ControlProcessTest {
    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void stopsCleanlyOnSigterm() throws Exception {
        Process process = start();
        process.destroy();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(directory.resolve("state").resolve(ServerFile.NAME)).doesNotExist();
        start();
    }

    @Test
    void secondProcessOnTheSameStateSaysWhoHasIt() throws Exception {
        Process first = start();
        Process second = launch();

        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(ControlMain.EXIT_FAILED);
        assertThat(new String(second.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("another control plane (process " + first.pid() + ")");
        assertThat(first.isAlive()).isTrue();
    }

    @Test
    void whatWasAcknowledgedSurvivesKill9() throws Exception {
        int acknowledged = 0;
        for (int round = 0; round < 2; round++) {
            Process process = start();
            AtomicInteger written = new AtomicInteger(acknowledged);
            Thread writer = Thread.ofVirtual().start(() -> applyUntilItFails(written));
            int enough = acknowledged + 20;
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> written.get() >= enough);
            process.destroyForcibly().waitFor();
            writer.join();
            acknowledged = written.get();

            start();
            try (RestClient client = client()) {
                JsonNode service = client.get("/resources/service/shop/cart").body();
                assertThat(service.at("/resource/spec/ports/0/port").asInt())
                        .as("the last acknowledged port, or one that was on its way when the process died")
                        .isBetween(acknowledged, acknowledged + 1);
                acknowledged = service.at("/resource/spec/ports/0/port").asInt();
            }
            processes.getLast().destroyForcibly().waitFor();
        }
    }

    private void applyUntilItFails(AtomicInteger written) {
        try (RestClient client = client()) {
            while (true) {
                int port = written.get() + 1;
                Answer answer = client.post("/changesets", "application/yaml", """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: cart, namespace: shop}
                        spec:
                          ports: [{name: http, port: %d}]
                        """.formatted(port));
                if (answer.status() != 200) {
                    return;
                }
                written.set(port);
            }
        } catch (IOException e) {
            // The process was killed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RestClient client() throws IOException {
        Path state = directory.resolve("state");
        JsonNode where = new JsonMapper().readTree(Files.readString(state.resolve(ServerFile.NAME)));
        return new RestClient(
                where.at("/rest").asString(),
                Files.readString(Path.of(where.at("/tokenFile").asString())).strip());
    }

    /** Returns when the process serves. */
    private Process start() throws IOException {
        Process process = launch();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine())
                .as("what the control plane prints first")
                .isNotNull()
                .contains("serves after");
        // Three lines follow, which a pipe holds.
        return process;
    }

    private Process launch() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ControlProcess.class.getName(),
                        directory.resolve("state").toString())
                .start();
        processes.add(process);
        return process;
    }
}
