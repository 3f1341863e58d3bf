package io.weft.tests.faults.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Instance;
import io.weft.tests.faults.OsProcess;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import tools.jackson.databind.JsonNode;

/** What must hold when all faults are over. */
final class Invariants {
    private static final Duration BACK_BOUND = Duration.ofSeconds(60);
    private static final long MORE_DESCRIPTORS = 600;
    private static final long MORE_THREADS = 40;
    private static final long MOST_MEMORY = 450L << 20;

    private final ShopMesh shop;
    private final Map<OsProcess, Long> descriptors = new LinkedHashMap<>();
    private final Map<OsProcess, Long> threads = new LinkedHashMap<>();

    /** Remembers what is there before the faults. */
    Invariants(ShopMesh shop) {
        this.shop = shop;
        processes().forEach(process -> {
            descriptors.put(process, process.fileDescriptors());
            threads.put(process, process.threads());
        });
    }

    private List<OsProcess> processes() {
        return Stream.concat(
                        Stream.of(shop.mesh().server().process()),
                        shop.proxies().stream()
                                .flatMap(instance -> instance.hasApplication()
                                        ? Stream.of(instance.proxy(), instance.application())
                                        : Stream.of(instance.proxy())))
                .toList();
    }

    /** What does not hold, within the time that it may take. */
    List<String> violations() {
        List<String> violations = new ArrayList<>();
        holds(violations, () -> {
            for (Instance instance : shop.instances()) {
                assertThat(shop.mesh().rest().isAvailable(instance.service(), instance.workload()))
                        .as(instance + " gets requests")
                        .isTrue();
            }
        });
        holds(violations, this::assertSynced);
        holds(violations, this::assertEndpointsKnown);
        violations.addAll(resources());
        return violations;
    }

    private static void holds(List<String> violations, ThrowingRunnable assertion) {
        try {
            await().atMost(BACK_BOUND).untilAsserted(assertion);
        } catch (RuntimeException | AssertionError e) {
            violations.add(String.valueOf(e.getMessage()));
        }
    }

    private void assertSynced() {
        JsonNode status = shop.mesh().rest().status();
        assertThat(status.path("proxies").size())
                .as(status.toString())
                .isEqualTo(shop.proxies().size());
        for (JsonNode proxy : status.path("proxies")) {
            assertThat(proxy.path("state").asString()).as(proxy.toString()).isEqualTo("synced");
        }
    }

    private void assertEndpointsKnown() throws IOException, InterruptedException {
        for (Instance proxy : shop.proxies()) {
            for (String service : shop.services()) {
                assertThat(hasAllEndpoints(proxy, service))
                        .as(proxy + " sends requests to all instances of " + service)
                        .isTrue();
            }
        }
    }

    /** Whether the proxy knows all instances of the service, and takes all for well. */
    static boolean hasAllEndpoints(Instance proxy, String service) throws IOException, InterruptedException {
        Metrics metrics = proxy.metrics();
        List<Metrics.Sample> clusters = metrics.matching("weft_cluster_endpoints_available").stream()
                .filter(sample -> isOutboundOf(sample.labels().getOrDefault("cluster", ""), service))
                .toList();
        return !clusters.isEmpty() && clusters.stream().allMatch(sample -> sample.value() == ShopMesh.INSTANCES);
    }

    private static boolean isOutboundOf(String cluster, String service) {
        return cluster.startsWith("service/shop/" + service + "/");
    }

    /** Of processes that live since the start. */
    private List<String> resources() {
        List<String> violations = new ArrayList<>();
        for (OsProcess process : processes()) {
            Long files = descriptors.get(process);
            Long running = threads.get(process);
            if (files != null && process.fileDescriptors() > files + MORE_DESCRIPTORS) {
                violations.add(process + " has " + process.fileDescriptors() + " file descriptors, and had " + files);
            }
            if (running != null && process.threads() > running + MORE_THREADS) {
                violations.add(process + " has " + process.threads() + " threads, and had " + running);
            }
            if (process.residentBytes() > MOST_MEMORY) {
                violations.add(process + " has " + (process.residentBytes() >> 20) + " MB in memory");
            }
        }
        return violations;
    }
}
