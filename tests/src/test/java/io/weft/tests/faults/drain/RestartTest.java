package io.weft.tests.faults.drain;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import io.weft.tests.rest.Documents;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rolling restart of a chain, front calling cart, as operators do it: each instance of each service in turn is sent SIGTERM and started again, while
 * requests run that nobody may try twice. Under {@code weft run} that is one signal; of the other, the proxy is stopped and then the application.
 */
class RestartTest {
    private static final double PER_SECOND = 30;
    private static final int BETWEEN = 10;

    @Test
    void noRequestOfAnyMethodFails(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            // By latency or in turn, each of two loads in step would stay with one of the two.
            mesh.rest()
                    .apply(Documents.policy("cart", "protocolUpgrade: HTTP2")
                            + Documents.policy("front", "loadBalancer: {type: Random}"));
            List<Instance.Plan> plans = new ArrayList<>(List.of(
                    mesh.instance("cart-1").serves("cart", 8080, "http"),
                    mesh.instance("cart-2").serves("cart", 8080, "http").underRun(),
                    mesh.instance("front-1").serves("front", 8080, "http").underRun()));
            if (Counts.full()) {
                plans.add(mesh.instance("front-2").serves("front", 8080, "http").underRun());
            }
            List<Instance> instances = FaultMesh.startAll(plans);
            // Whoever is alone is not restarted.
            List<Instance> restarted = Counts.full() ? instances : instances.subList(0, 2);
            Instance web = mesh.client("web");
            mesh.awaitAvailable("front", instances.size() - 2);
            mesh.awaitAvailable("cart", 2);
            mesh.awaitSynced();

            int restarts = Counts.of(50);
            try (Load chain = Load.post(web, PER_SECOND, "http://front:8080/?call=http://cart:8080/");
                    Load slow = new Load(
                            "slow",
                            web,
                            PER_SECOND,
                            number -> Load.Request.post("http://cart:8080/?delay=100", "x"),
                            Load::notOk);
                    Load get = Load.get(web, PER_SECOND, "http://front:8080/?size=20000")) {
                get.awaitAnswersOf(BETWEEN, instances.get(2), instances.getLast());
                slow.awaitAnswersOf(BETWEEN, instances.get(0), instances.get(1));
                for (int restart = 0; restart < restarts; restart++) {
                    Instance instance = restarted.get(restart % restarted.size());
                    Load reaches = instance.service().equals("front") ? chain : slow;
                    instance.stop();
                    instance.start();
                    instance.awaitAvailable();
                    reaches.awaitAnswersOf(BETWEEN, instance);
                }
                chain.end();
                slow.end();
                get.end();

                chain.assertNoneFailed();
                slow.assertNoneFailed();
                get.assertNoneFailed();
                assertThat(mesh.rest().metrics().sum("weft_drain_confirmed_total"))
                        .isEqualTo(restarts);
                assertThat(mesh.rest().metrics().sum("weft_drain_unconfirmed_total"))
                        .isZero();
                for (Instance instance : instances) {
                    TreeSet<String> lost = new TreeSet<>(instance.journal().received());
                    lost.removeAll(instance.journal().answered());
                    assertThat(lost)
                            .as("requests that " + instance + " had not answered when it ended")
                            .isEmpty();
                }
                System.out.println(restarts + " restarts: " + (chain.passed() + slow.passed())
                        + " POST and " + get.passed() + " GET passed, none failed; the slowest took "
                        + chain.slowest().toMillis() + ", " + slow.slowest().toMillis() + " and "
                        + get.slowest().toMillis() + " ms");
            }
        }
    }
}
