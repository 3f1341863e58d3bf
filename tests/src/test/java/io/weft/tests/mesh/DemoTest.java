package io.weft.tests.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    void aSignalDuringTheStartEndsAllOfItsProcesses() throws Exception {
        Process demo = demo();
        Set<ProcessHandle> all = awaitDescendants(demo, 4);
        demo.destroy();
        assertThat(demo.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(130);
        awaitEnded(all);
    }

    @Test
    void twoSignalsDuringTheStartEndAllOfItsProcesses() throws Exception {
        Process demo = demo();
        Set<ProcessHandle> all = awaitDescendants(demo, 4);
        demo.destroy();
        awaitStopping(all);
        demo.destroy();
        assertThat(demo.waitFor(10, TimeUnit.SECONDS)).isTrue();
        awaitEnded(all);
    }

    @Test
    void killedByForceItTakesAllOfItsProcessesWithIt() throws Exception {
        Process demo = demo();
        Set<ProcessHandle> all = awaitDescendants(demo, 4);
        demo.destroyForcibly();
        awaitEnded(all);
    }

    private Process demo() throws IOException {
        return new Weft(temporary).start(temporary.resolve("demo.out"), temporary.resolve("demo.err"), List.of("demo"));
    }

    /** The reaper is one of them. */
    private static Set<ProcessHandle> awaitDescendants(Process process, int count) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(20)).until(() -> {
            assertThat(process.isAlive()).isTrue();
            return process.descendants().count() >= count;
        });
        return process.descendants().collect(Collectors.toSet());
    }

    private static void awaitStopping(Set<ProcessHandle> processes) {
        await().atMost(BOUND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> processes.stream().anyMatch(process -> !process.isAlive()));
    }

    private static void awaitEnded(Set<ProcessHandle> processes) {
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(processes.stream().filter(ProcessHandle::isAlive))
                        .isEmpty());
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
                new Weft(temporary).run(BOUND, "demo", "--seconds", "4", "-o", "json", "-f", disable.toString());

        assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("frontend -> cart: not all of it over mutual TLS")
                .contains("checkout -> cart: not all of it over mutual TLS")
                .doesNotContain("catalog: not all");
    }
}
