package io.weft.tests.faults.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The control plane's disk is full. */
class DiskTest {
    static boolean mayMount() {
        return System.getProperty("user.name").equals("root") && tries("mount", "--version");
    }

    @Test
    @EnabledIf("mayMount")
    void aFullDiskTakesNoChangeAndLosesNone(@TempDir Path directory) throws Exception {
        Path disk = Files.createDirectories(directory.resolve("weft/server"));
        command("mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "weft-test", disk.toString());
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            mesh.instance("cart").serves("cart", 8080, "http").start();
            Instance web = mesh.client("web");
            mesh.awaitAvailable("cart", 1);
            mesh.rest().apply(Split.of(1));
            try (Prober load = new Prober(web, "http://cart:8080/")) {
                load.awaitPassed(10);
                fill(disk.resolve("filling"));
                HttpResponse<String> refused = refusedChange(mesh);
                assertThat(refused.body()).contains("no space left", "nothing was changed", "free some space");
                assertThat(Split.stored(mesh.rest(), "service")).isLessThan(100);
                assertThat(mesh.rest().get("/health").path("status").asString()).isEqualTo("degraded");
                assertThat(mesh.rest().metrics().sum("weft_config_writable")).isZero();
                assertThat(mesh.server().process().logText()).contains("changes cannot be written");
                // Whoever joins now gets a certificate and the configuration.
                mesh.client("late");

                int stored = Split.stored(mesh.rest(), "service");
                mesh.server().kill();
                Files.deleteIfExists(disk.resolve("server.json"));
                mesh.server().start();
                assertThat(Split.stored(mesh.rest(), "service")).isEqualTo(stored);

                Files.delete(disk.resolve("filling"));
                assertThat(mesh.rest().tryApply(Split.of(500)).statusCode()).isEqualTo(200);
                assertThat(mesh.rest().get("/health").path("status").asString()).isEqualTo("ok");
                assertThat(mesh.rest().metrics().sum("weft_config_writable")).isEqualTo(1);
                mesh.awaitSynced();
                load.awaitPassed(5);
            }
        } finally {
            command("umount", "-l", disk.toString());
        }
    }

    @Test
    @EnabledIf("mayMount")
    void spaceThatIsFreeAgainIsUsedWithoutARestart(@TempDir Path directory) throws Exception {
        // The other test comes by here too, once.
        assumeTrue(Counts.full());
        Path disk = Files.createDirectories(directory.resolve("weft/server"));
        command("mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "weft-test", disk.toString());
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            assertThat(mesh.rest().tryApply(Split.of(1)).statusCode()).isEqualTo(200);
            for (int round = 0; round < 3; round++) {
                fill(disk.resolve("filling"));
                refusedChange(mesh);
                long head = mesh.rest().head();
                Files.delete(disk.resolve("filling"));
                assertThat(Split.revision(mesh.rest().tryApply(Split.of(1000 + round))))
                        .isEqualTo(head + 1);
            }
        } finally {
            command("umount", "-l", disk.toString());
        }
    }

    /** What is preallocated may take some changes still. */
    private static HttpResponse<String> refusedChange(FaultMesh mesh) {
        int[] number = {1};
        return await().atMost(FaultMesh.BOUND)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () -> mesh.rest().tryApply(Split.of(++number[0] % 90 + 2)),
                        answer -> answer.statusCode() == 503);
    }

    private static void fill(Path file) throws IOException {
        byte[] page = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(page);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static void command(String... words) throws Exception {
        Process process = new ProcessBuilder(words).inheritIO().start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", words)).isZero();
    }

    private static boolean tries(String... words) {
        try {
            return new ProcessBuilder(words)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
