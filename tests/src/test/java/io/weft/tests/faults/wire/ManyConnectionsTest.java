package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Counts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clients that open connections: many that stay, many that come and go, more than there may be. */
class ManyConnectionsTest {
    private static final Logger LOG = LoggerFactory.getLogger(ManyConnectionsTest.class);
    private static final Duration SLOWEST = Duration.ofSeconds(5);

    @Test
    void idleConnectionsCostLittleAndChurnLeavesNothing(@TempDir Path directory) throws Exception {
        try (Upstream upstream = new Upstream();
                StaticProxy proxy = StaticProxy.plan(directory, upstream).start();
                Neighbour neighbour = new Neighbour(proxy)) {
            int descriptors = proxy.openDescriptors();
            int endpoint = upstreamConnections(proxy);
            int threads = proxy.threads();
            long resident = proxy.residentMib();
            int count = Counts.of(5000);
            holdIdle(proxy, count);
            assertReturned(proxy, descriptors, endpoint);
            long afterIdle = proxy.residentMib();
            churn(proxy, Counts.of(2000), Counts.full() ? 10 : 5);
            assertReturned(proxy, descriptors, endpoint);
            LOG.info(
                    "resident: {} MiB at first, {} after {} idle connections, {} after churn",
                    resident,
                    afterIdle,
                    count,
                    proxy.residentMib());
            assertThat(proxy.threads()).isLessThanOrEqualTo(threads + 6);
            proxy.witness().assertAgree();
            neighbour.assertUndisturbed(SLOWEST);
        }
    }

    /** Half of them have had a request answered. */
    private static void holdIdle(StaticProxy proxy, int count) throws IOException {
        List<Wire> idle = new ArrayList<>();
        try {
            long before = proxy.residentMib();
            for (int i = 0; i < count; i++) {
                Wire client = new Wire(proxy.http());
                idle.add(client);
                if (i % 2 == 0) {
                    client.get("/ok?idle");
                }
            }
            for (int i = 0; i < count; i += 2) {
                assertThat(idle.get(i).status()).isEqualTo(200);
            }
            assertThat(proxy.metric("weft_downstream_connections_active")).isGreaterThanOrEqualTo(count);
            long more = proxy.residentMib() - before;
            LOG.info(
                    "{} idle connections: {} MiB resident more, {} MiB in buffers",
                    count,
                    more,
                    proxy.metric("weft_buffer_bytes") >> 20);
            // The heap may be as large as it may be; beside it there is little.
            assertThat(more).isLessThan(64 + 40);
            try (Wire another = new Wire(proxy.http())) {
                assertThat(another.get("/ok?beside").status()).isEqualTo(200);
            }
        } finally {
            for (Wire client : idle) {
                client.close();
            }
        }
    }

    /** So many connections a second, each for one request; some end with FIN, some with RST, some without waiting for the answer. */
    private static void churn(StaticProxy proxy, int perSecond, int seconds) throws Exception {
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long began = System.nanoTime();
            for (int i = 0; i < perSecond * seconds; i++) {
                long due = began + i * (TimeUnit.SECONDS.toNanos(1) / perSecond);
                int number = i;
                threads.execute(() -> {
                    try {
                        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                        comeAndGo(proxy, number);
                    } catch (IOException | InterruptedException | AssertionError e) {
                        failures.add(e.toString());
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    private static void comeAndGo(StaticProxy proxy, int number) throws IOException {
        try (Wire client = new Wire(proxy.http())) {
            client.get("/ok?churn");
            if (number % 5 == 0) {
                client.reset();
                return;
            }
            assertThat(client.status()).isEqualTo(200);
            if (number % 2 == 0) {
                // Else tens of thousands of ports would wait in TIME_WAIT.
                client.reset();
            }
        }
    }

    /** But those to the endpoint, which a pool keeps for an hour. */
    private static void assertReturned(StaticProxy proxy, int descriptors, int upstream) {
        await().atMost(StaticProxy.BOUND).untilAsserted(() -> {
            // The neighbour has as many as it has requests under way.
            long clients = proxy.metric("weft_downstream_connections_active");
            assertThat(clients).isLessThanOrEqualTo(200);
            assertThat(proxy.openDescriptors() - (upstreamConnections(proxy) - upstream) - clients)
                    .isLessThanOrEqualTo(descriptors + 10);
        });
    }

    private static int upstreamConnections(StaticProxy proxy) throws IOException {
        return (int) proxy.metric("weft_cluster_connections_active", "\"upstream\"");
    }

    @Test
    void connectionsAboveTheBoundAreClosedAtOnceAndOthersGoOn(@TempDir Path directory) throws Exception {
        int bound = 60;
        try (Upstream upstream = new Upstream();
                StaticProxy proxy =
                        StaticProxy.plan(directory, upstream).connections(bound).start();
                Neighbour neighbour = new Neighbour(proxy)) {
            List<Wire> flood = new ArrayList<>();
            for (int i = 0; i < 5 * bound; i++) {
                flood.add(new Wire(proxy.http()));
            }
            await().atMost(StaticProxy.BOUND)
                    .until(() -> proxy.metric("weft_downstream_connections_refused_total") >= 4L * bound);
            assertThat(proxy.metric("weft_downstream_connections_active")).isLessThanOrEqualTo(bound);
            assertThat(proxy.metric("weft_downstream_connections_limit")).isEqualTo(bound);
            assertThat(flood.getLast().readAll()).isIn("", "RESET");
            assertThat(proxy.logText()).contains("as many as may be");
            for (Wire client : flood) {
                client.close();
            }
            await().atMost(StaticProxy.BOUND).until(() -> {
                try (Wire client = new Wire(proxy.http())) {
                    return client.get("/ok?after").status() == 200;
                }
            });
            neighbour.assertUndisturbed(SLOWEST);
        }
    }
}
