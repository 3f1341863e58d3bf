package io.weft.tests.faults.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.mesh.Weft;
import io.weft.tests.rest.MeshRest;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The control plane's process is killed with kill -9, in the middle of changes, with its registry, with its whole host. */
class KilledTest {
    private static final String CART = "http://cart:8080/";
    private static final int KILLS = 20;

    private static FaultMesh mesh;
    private static Instance web;
    private static int number;

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        mesh = FaultMesh.start(directory, "--lease", "5s");
        mesh.instance("cart").serves("cart", 8080, "http").start();
        web = mesh.client("web");
        mesh.awaitAvailable("cart", 1);
        mesh.rest().apply(Split.of(number));
        mesh.awaitSynced();
    }

    @AfterAll
    static void leave() {
        mesh.close();
    }

    @Test
    void nothingAcknowledgedIsLostAndNothingIsHalfApplied() throws Exception {
        int applies = Counts.of(500);
        int kills = Counts.of(KILLS);
        AtomicInteger acknowledged = new AtomicInteger(number);
        AtomicLong revision = new AtomicLong(mesh.rest().head());
        AtomicInteger wrong = new AtomicInteger();
        Semaphore go = new Semaphore(0);
        Semaphore interrupted = new Semaphore(0);
        int end = number + applies;
        try (Feed feed = new Feed(mesh, revision.get());
                Prober prober = new Prober(web, CART)) {
            Thread applier = Thread.ofPlatform().daemon().name("applier").start(() -> {
                while (number < end) {
                    number++;
                    try {
                        long made = Split.revision(mesh.rest().tryApply(Split.of(number)));
                        if (made <= revision.get()) {
                            wrong.incrementAndGet();
                        }
                        acknowledged.set(number);
                        revision.set(made);
                    } catch (AssertionError killed) {
                        interrupted.release();
                        go.acquireUninterruptibly();
                    }
                }
            });
            for (int kill = 1; kill <= kills; kill++) {
                int enough = end - applies + applies * kill / (kills + 1);
                await().atMost(FaultMesh.BOUND).until(() -> acknowledged.get() >= enough);
                mesh.server().kill();
                interrupted.acquire();
                mesh.server().start();

                int stored = Split.stored(mesh.rest(), "service");
                assertThat(stored).isGreaterThanOrEqualTo(acknowledged.get()).isLessThanOrEqualTo(number);
                assertThat(Split.stored(mesh.rest(), "httproute")).isEqualTo(stored);
                assertThat(Split.stored(mesh.rest(), "trafficpolicy")).isEqualTo(stored);
                assertThat(mesh.rest().head()).isGreaterThanOrEqualTo(revision.get());
                revision.set(mesh.rest().head());
                go.release();
            }
            applier.join(FaultMesh.BOUND);
            assertThat(acknowledged).hasValue(end);
            assertThat(wrong).as("revisions that were given twice").hasValue(0);

            await().atMost(FaultMesh.BOUND)
                    .until(() -> feed.last() == mesh.rest().head());
            assertThat(feed.gaps()).isEmpty();
            await().atMost(FaultMesh.BOUND).until(() -> prober.highest() == end);
            prober.assertNoFaults();
            mesh.awaitSynced();
        }
    }

    @Test
    void aRegistryThatIsLostTakesNoEndpointAway() throws Exception {
        int rounds = Math.max(2, Counts.of(10));
        try (Prober load = new Prober(web, CART)) {
            load.awaitPassed(20);
            for (int round = 0; round < rounds; round++) {
                mesh.server().kill();
                Files.delete(mesh.server().state().resolve("registry.pb"));
                mesh.server().start();
                mesh.awaitAvailable("cart", 1);
                load.awaitPassed(20);
            }
            assertThat(mesh.server().process().logText()).contains("registry.pb is missing");
            load.assertNoFaults();
        }
        mesh.awaitSynced();
    }

    @Test
    void nothingIsSaidToRunBeforeTheProxiesAreBackThatWereThere() throws Exception {
        mesh.awaitSynced();
        web.proxy().suspend();
        long revision;
        try {
            mesh.server().kill();
            mesh.server().start();
            revision = Split.revision(mesh.rest().tryApply(Split.of(++number)));
            JsonNode early = mesh.rest().revision(revision, Duration.ofSeconds(1));
            assertThat(early.path("complete").asBoolean()).as(early.toString()).isFalse();
            assertThat(early.path("absent").toString()).contains("web");
        } finally {
            web.proxy().resume();
        }
        JsonNode status = mesh.rest().revision(revision, MeshRest.BOUND);
        assertThat(status.path("complete").asBoolean()).as(status.toString()).isTrue();
        assertThat(status.path("absent")).isEmpty();
    }

    @Test
    void aLostHostComesBackFromItsBackup() throws Exception {
        Path file = mesh.directory().resolve("backup.zip");
        Weft.Outcome backup = mesh.weft().run(FaultMesh.BOUND, "backup", file.toString());
        assertThat(backup.code()).as(backup.err()).isZero();
        assertThat(backup.out()).contains("the CA of cluster.local");
        assertThat(backup.err()).contains("private key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Weft.Outcome refused = mesh.weft().run(FaultMesh.BOUND, "restore", file.toString());
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("another control plane (process "
                        + mesh.server().process().pid());

        try (Prober load = new Prober(web, CART)) {
            load.awaitPassed(20);
            // Of the same content but for what only the control plane sees, so that the restored configuration is no
            // older one for requests.
            mesh.rest().tryApply(other(++number));
            long lost = mesh.rest().head();
            mesh.server().kill();
            remove(mesh.server().state());
            Weft.Outcome restored = mesh.weft().run(FaultMesh.BOUND, "restore", file.toString());
            assertThat(restored.code()).as(restored.err()).isZero();
            mesh.server().start();

            assertThat(mesh.rest().head()).isGreaterThan(lost);
            mesh.awaitAvailable("cart", 1);
            mesh.awaitSynced();
            load.awaitPassed(20);
            mesh.rest().apply(Split.of(++number));
            await().atMost(FaultMesh.BOUND).until(() -> load.highest() == number);
            load.assertNoFaults();
        }
    }

    private static String other(int number) {
        return """
                apiVersion: v1
                kind: Namespace
                metadata: {name: other, labels: {number: "n%d"}}
                """.formatted(number);
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> found = Files.walk(directory, new FileVisitOption[0])) {
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
