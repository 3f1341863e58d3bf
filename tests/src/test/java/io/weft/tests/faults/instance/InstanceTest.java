package io.weft.tests.faults.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.tests.faults.Counts;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import io.weft.tests.rest.Documents;
import io.weft.tests.rest.Metrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A chain, front calling cart, two instances each, and a third service with an instance on another host; each test leaves all of them well. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstanceTest {
    private static final String CHAIN = "http://front:8080/?call=http://cart:8080/";
    private static final String CART = "http://cart:8080/";
    private static final Duration LEASE = Duration.ofSeconds(Counts.full() ? 10 : 3);
    private static final double PER_SECOND = Counts.full() ? 500 : 150;

    private @Nullable OtherHost otherHost;
    private FaultMesh mesh;
    private Instance web;
    private Instance front1;
    private Instance front2;
    private Instance cart1;
    private Instance cart2;

    @BeforeAll
    void startMesh(@TempDir Path directory) throws Exception {
        otherHost = OtherHost.isPossible() ? new OtherHost() : null;
        mesh = FaultMesh.startAt(
                directory,
                otherHost == null ? "127.0.0.1" : otherHost.nearAddress(),
                "--lease",
                LEASE.toSeconds() + "s");
        mesh.rest()
                .apply(Documents.ACCESS_LOG
                        + Documents.policy(
                                "cart",
                                "protocolUpgrade: HTTP2",
                                "timeouts: {responseHead: 1s}",
                                "outlierDetection: {baseEjection: 2s, interval: 1s}",
                                "loadBalancer: {type: PeakEwma, peakEwma: {decay: 1s}}")
                        + Documents.policy("front", "loadBalancer: {type: Random}")
                        + Documents.policy("far", "loadBalancer: {type: PeakEwma, peakEwma: {decay: 1s}}"));
        List<Instance.Plan> plans = new ArrayList<>(List.of(
                mesh.instance("front-1").serves("front", 8080, "http"),
                mesh.instance("front-2").serves("front", 8080, "http").underRun(),
                mesh.instance("cart-1").serves("cart", 8080, "http"),
                mesh.instance("cart-2").serves("cart", 8080, "http"),
                mesh.instance("web")));
        if (otherHost != null) {
            plans.add(mesh.instance("far-1").serves("far", 8080, "http"));
            plans.add(mesh.instance("far-2")
                    .serves("far", 8080, "http")
                    .address(otherHost.address())
                    .prefix(otherHost.prefix())
                    .withoutAwaitingReady());
        }
        List<Instance> started = FaultMesh.startAll(plans);
        front1 = started.get(0);
        front2 = started.get(1);
        cart1 = started.get(2);
        cart2 = started.get(3);
        web = started.get(4);
        mesh.awaitAvailable("front", 2);
        mesh.awaitAvailable("cart", 2);
        if (otherHost != null) {
            mesh.awaitAvailable("far", 2);
        }
        mesh.awaitSynced();
    }

    @AfterAll
    void endMesh() {
        try {
            if (mesh != null) {
                mesh.close();
            }
        } finally {
            if (otherHost != null) {
                otherHost.close();
            }
        }
    }

    @AfterEach
    void allIsCountedThatIsLogged() {
        web.witness().assertAgree();
    }

    /** Failures of requests that may be tried again, but where a part of the response had come. */
    private static List<Load.Failure> lost(Load load) {
        return load.failures().stream()
                .filter(failure -> failure.status() != 0 || !failure.responseBegun())
                .toList();
    }

    /** What the client's proxy counts of requests to a service. */
    private double requests(String service, String... labels) throws Exception {
        List<String> all = new ArrayList<>(List.of("destination_service", service, "reporter", "source"));
        all.addAll(List.of(labels));
        return web.metrics().sum("weft_requests_total", all.toArray(String[]::new));
    }

    private double cluster(String metric, String service) throws Exception {
        return web.metrics().matching(metric).stream()
                .filter(sample -> sample.labels().getOrDefault("cluster", "").contains(service))
                .mapToDouble(Metrics.Sample::value)
                .sum();
    }

    @Test
    void noIdempotentRequestIsLostWithAnInstance() throws Exception {
        int rounds = Counts.of(30);
        // What fails while processes that have just begun are overloaded is no matter of instances.
        try (Load warming = Load.get(web, PER_SECOND / 5, CHAIN)) {
            warming.awaitAnswersOf(Counts.of(1000), front1, front2);
        }
        double before = requests("front");
        try (Load chain = Load.get(web, PER_SECOND, CHAIN);
                Load posts = Load.post(web, 30, CART)) {
            chain.awaitAnswersOf(50, front1, front2);
            for (int round = 0; round < rounds; round++) {
                Instance victim = round % 2 == 0 ? cart1 : front1;
                switch (round / 2 % 3) {
                    case 0 -> victim.application().kill();
                    case 1 -> victim.proxy().kill();
                    default -> victim.killAll();
                }
                chain.awaitPassed((long) PER_SECOND);
                victim.start();
                victim.awaitAvailable();
                (round % 2 == 0 ? posts : chain).awaitAnswersOf(5, victim);
            }
            chain.end();
            posts.end();

            assertThat(lost(chain)).isEmpty();
            web.witness().assertTold(posts);
            assertThat(chain.passed() + chain.failures().size()).isEqualTo(chain.sent());
            // What a POST may be lost with is a process that had it; one that nobody had gets another instance.
            // Instances that
            // have just begun may be slower than the policy allows.
            assertThat(posts.failures())
                    .allSatisfy(failure -> assertThat(failure.cause())
                            .as(failure.toString())
                            .isIn(
                                    "",
                                    "upstream_closed",
                                    "upstream_reset",
                                    "stale_connection",
                                    "upstream_refused",
                                    "response_head_timeout"));
            assertThat(requests("front") - before).isGreaterThanOrEqualTo((double) chain.sent());
            assertThat(cluster("weft_cluster_retries_total", "cart") + cluster("weft_cluster_retries_total", "front"))
                    .isPositive();
            System.out.println(rounds + " kills: " + chain.passed() + " GET passed, "
                    + chain.failures().size() + " cut, " + lost(chain).size() + " lost, the slowest took "
                    + chain.slowest().toMillis() + " ms; of " + posts.sent() + " POST "
                    + posts.failures().size() + " were lost with their instance");
        }
    }

    @Test
    void aServiceThatIsGoneSaysSo() throws Exception {
        try (Load load = Load.post(web, 50, CART)) {
            load.awaitAnswersOf(5, cart1, cart2);
            double refused = requests("cart", "response_flags", "UF,URX", "response_code", "503");
            cart1.application().beginKill();
            cart2.application().beginKill();
            await().atMost(FaultMesh.BOUND)
                    .until(() -> load.failures().stream()
                            .anyMatch(failure -> failure.cause().equals("application_refused")));
            mesh.awaitAvailable("cart", 0);
            await().atMost(FaultMesh.BOUND)
                    .until(() -> load.failures().stream()
                            .anyMatch(failure -> failure.cause().equals("no_healthy_upstream")));
            cart1.startApplication();
            cart2.startApplication();
            mesh.awaitAvailable("cart", 2);
            load.awaitAnswersOf(5, cart1, cart2);
            load.end();

            web.witness().assertTold(load);
            long count = load.failures().stream()
                    .filter(failure -> failure.cause().equals("application_refused"))
                    .count();
            assertThat(requests("cart", "response_flags", "UF,URX", "response_code", "503") - refused)
                    .isEqualTo((double) count);
            assertThat(requests("cart", "response_flags", "UH")).isPositive();
            await().atMost(FaultMesh.BOUND)
                    .untilAsserted(() -> assertThat(web.accessLog().where("flags", "UF,URX"))
                            .anySatisfy(line -> {
                                assertThat(line.path("details").asString())
                                        .contains("its application did not get the request");
                                assertThat(line.path("attempts").asInt()).isGreaterThan(2);
                            }));
            // The same, as its own proxy sees it.
            assertThat(cart1.accessLog().where("flags", "UF"))
                    .anySatisfy(
                            line -> assertThat(line.path("details").asString()).contains("no connection to"));
        }
    }

    @Test
    void anApplicationThatHangsIsLeftAloneAndComesBack() throws Exception {
        double timeouts = requests("cart", "response_flags", "UT", "response_code", "504");
        double ejections = cluster("weft_cluster_ejections_total", "cart");
        try (Load posts = Load.post(web, 50, CART)) {
            posts.awaitAnswersOf(20, cart1, cart2);
            cart1.application().suspend();
            Load load;
            try {
                await().atMost(FaultMesh.BOUND).until(() -> !posts.failures().isEmpty());
                load = Load.get(web, 100, CART);
                await().atMost(FaultMesh.BOUND)
                        .until(() -> cluster("weft_cluster_ejections_total", "cart") > ejections);
                load.awaitAnswersOf(100, cart2);
            } finally {
                cart1.application().resume();
            }
            load.awaitAnswersOf(20, cart1, cart2);
            load.end();
            posts.end();

            web.witness().assertTold(posts);
            assertThat(load.failures()).isEmpty();
            assertThat(posts.failures())
                    .as("a few, not half of all: what is silent looks slow")
                    .hasSizeLessThan(25)
                    .allSatisfy(failure -> assertThat(failure.cause()).isEqualTo("response_head_timeout"));
            assertThat(requests("cart", "response_flags", "UT", "response_code", "504") - timeouts)
                    .isEqualTo((double) posts.failures().size());
            assertThat(web.accessLog().where("flags", "UT"))
                    .anySatisfy(
                            line -> assertThat(line.path("details").asString()).contains("no response head in time"));
            System.out.println("hung application: " + load.passed() + " GET passed, the slowest took "
                    + load.slowest().toMillis() + " ms; " + posts.failures().size() + " of " + posts.sent()
                    + " POST timed out");
        }
    }

    @Test
    void aProxyThatHangsLosesItsLeaseAndComesBack() throws Exception {
        double lost = mesh.rest().metrics().sum("weft_registry_leases_lost_total");
        try (Load load = Load.get(web, 100, CART)) {
            load.awaitAnswersOf(20, cart1, cart2);
            cart2.proxy().suspend();
            try {
                long began = System.nanoTime();
                cart2.awaitUnavailable();
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LEASE.plusSeconds(5));
            } finally {
                cart2.proxy().resume();
            }
            cart2.awaitAvailable();
            load.awaitAnswersOf(20, cart1, cart2);
            load.end();

            assertThat(load.failures()).isEmpty();
            assertThat(mesh.rest().metrics().sum("weft_registry_leases_lost_total") - lost)
                    .isEqualTo(1);
            assertThat(mesh.server().process().logText()).contains("node cart-2 lost its lease");
        }
    }

    @Test
    void aHostThatVanishesIsGivenUp() throws Exception {
        assumeTrue(otherHost != null, "needs root");
        Instance near = instance("far-1");
        Instance far = instance("far-2");
        String uri = "http://far:8080/";
        double closed = requests("far", "response_flags", "UC");
        try (Load load = Load.get(web, 100, uri);
                Load posts = Load.post(web, 50, uri)) {
            load.awaitAnswersOf(20, near, far);
            posts.awaitAnswersOf(20, near, far);
            otherHost.cutOff();
            long began = System.nanoTime();
            far.awaitUnavailable();
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            load.awaitAnswersOf(100, near);
            otherHost.connect();
            far.awaitAvailable();
            load.awaitAnswersOf(20, near, far);
            load.end();
            posts.end();

            web.witness().assertTold(posts);
            assertThat(took).isLessThan(LEASE.plusSeconds(5));
            assertThat(load.failures()).isEmpty();
            assertThat(load.slowest()).as("not the 15 s of a response's head").isLessThan(Duration.ofSeconds(12));
            assertThat(posts.failures())
                    .hasSizeLessThan(25)
                    .allSatisfy(failure -> assertThat(failure.cause()).isEqualTo("upstream_closed"));
            assertThat(requests("far", "response_flags", "UC") - closed)
                    .isEqualTo((double) posts.failures().size());
            if (!posts.failures().isEmpty()) {
                assertThat(web.accessLog().where("flags", "UC"))
                        .anySatisfy(line ->
                                assertThat(line.path("details").asString()).contains("acknowledges nothing"));
            }
            System.out.println("vanished host: its lease was lost after " + took.toMillis() + " ms; " + load.passed()
                    + " GET passed, the slowest took " + load.slowest().toMillis() + " ms; "
                    + posts.failures().size() + " of " + posts.sent() + " POST were lost with it");
        }
    }

    private Instance instance(String workload) {
        return mesh.instances().stream()
                .filter(each -> each.workload().equals(workload))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void weftRunStartsAProxyAgainThatDied() throws Exception {
        long program = front2.application().pid();
        try (Load load = Load.get(web, 50, "http://front:8080/")) {
            load.awaitAnswersOf(10, front1, front2);
            front2.proxy().kill();
            await().atMost(FaultMesh.BOUND).until(() -> front2.run().logText().contains("the proxy is ready again"));
            load.awaitAnswersOf(10, front1, front2);
            load.end();

            assertThat(lost(load)).isEmpty();
            assertThat(front2.run().logText()).contains("the proxy ended with exit code 137 and is started again in");
            assertThat(ProcessHandle.of(program)).isPresent();
            assertThat(front2.run().isAlive()).isTrue();
        }
    }
}
