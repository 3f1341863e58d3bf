package io.weft.tests.faults.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Change sets that move traffic are applied under load: each response is wholly of one of them, and no request fails. */
class AtomicChangeTest {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int PER_SECOND = 50;

    private static FaultMesh mesh;
    private static ChangeSets changes;
    private static Instance even;
    private static Instance odd;
    private static Instance first;
    private static Instance second;

    private final List<Load> loads = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        mesh = FaultMesh.start(directory);
        even = mesh.instance("v-a").serves("v-a", 8080, "http").start();
        odd = mesh.instance("v-b").serves("v-b", 8080, "http").start();
        first = mesh.client("first");
        second = mesh.client("second");
        mesh.awaitAvailable("v-a", 1);
        mesh.awaitAvailable("v-b", 1);
        mesh.awaitSynced();
        changes = new ChangeSets(mesh.rest());
        awaitRun(changes.next());
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @BeforeEach
    void load() {
        loads.add(load(first));
        loads.add(load(second));
    }

    @AfterEach
    void endLoad() {
        loads.forEach(Load::close);
    }

    private static Load load(Instance client) {
        return load(client, ChangeSets::fault);
    }

    private static Load load(Instance client, Function<Load.Answer, String> check) {
        return new Load(client.workload(), client.outbound(), PER_SECOND, ChangeSets::request, check);
    }

    private static void awaitRun(long revision) {
        JsonNode status = mesh.rest().revision(revision, WAIT);
        assertThat(status.path("complete").asBoolean()).as(status.toString()).isTrue();
    }

    private static void changeWaitsFor(Instance suspended) throws Exception {
        long revision = changes.next();
        // Within the bound of a phase, which is 5 s.
        JsonNode status = mesh.rest().revision(revision, Duration.ofSeconds(2));
        assertThat(status.path("complete").asBoolean()).as(status.toString()).isFalse();
        suspended.proxy().resume();
        awaitRun(revision);
    }

    private void assertWhole() throws InterruptedException {
        for (Load load : loads) {
            endWhole(load);
        }
    }

    private static void endWhole(Load load) throws InterruptedException {
        load.assertNoneFailed();
        load.awaitPassed(20);
        load.end();
        load.assertNoneFailed();
    }

    @Test
    void eachResponseIsWhollyOfOneChangeSet() throws Exception {
        Instance passing = mesh.client("passing");
        Load passingLoad = load(passing);
        int count = Counts.of(300);
        for (int i = 0; i < count; i++) {
            long revision = changes.next();
            if (i % 3 == 2) {
                // Two in quick succession.
                revision = changes.next();
            }
            if (i == count / 2) {
                endWhole(passingLoad);
                passing.proxy().terminate();
                passing.proxy().awaitEnd();
                passing.beginProxy();
            }
            if (i % 5 != 4) {
                awaitRun(revision);
            }
        }
        passing.awaitReady();
        loads.add(load(passing));
        for (int i = 0; i < count / 10; i++) {
            awaitRun(changes.next());
        }
        assertWhole();
        passing.proxy().terminate();
        passing.proxy().awaitEnd();
    }

    @Test
    void aProxyThatStandsStillForAWhileIsWaitedFor() throws Exception {
        loads.removeLast().close();
        loads.add(load(second, ChangeSets::faultBesideTimeouts));
        for (int i = 0; i < Counts.of(20); i++) {
            second.proxy().suspend();
            changeWaitsFor(second);
        }
        assertWhole();
    }

    @Test
    void aControlPlaneThatDiesInTheMiddleOfAPushGoesOnWhereItWas() throws Exception {
        for (int i = 0; i < Counts.of(20); i++) {
            long revision = changes.next();
            mesh.server().kill();
            mesh.server().start();
            awaitRun(revision);
        }
        mesh.awaitSynced();
        assertWhole();
    }

    @Test
    void aChangeRightAfterTheControlPlaneCameBackWaitsForTheProxyThatIsNot() throws Exception {
        for (int i = 0; i < Counts.of(20); i++) {
            Instance next = changes.last() % 2 == 0 ? odd : even;
            next.proxy().suspend();
            mesh.server().kill();
            mesh.server().start();
            changeWaitsFor(next);
        }
        mesh.awaitSynced();
        assertWhole();
    }
}
