package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The harness itself: what it kills is dead, what it counts is true. And what fits nowhere else. */
class FaultMeshTest {
    @Test
    void aProxyWhosePortIsTakenListensWhenItIsFree(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance client = mesh.client("web");
            client.proxy().kill();
            try (ServerSocket squatter = new ServerSocket()) {
                squatter.setReuseAddress(true);
                squatter.bind(client.outbound());
                client.beginProxy();
                await().atMost(FaultMesh.BOUND)
                        .until(() -> client.proxy().logText().contains("cannot listen on"));
            }
            client.awaitReady();
            HttpConnection connection = new HttpConnection(client.outbound());
            assertThat(connection.isOpen()).isTrue();
            connection.close();
        }
    }

    @Test
    void anApplicationThatIsKilledIsNotMissed(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance first =
                    mesh.instance("cart-1").serves("cart", 8080, "http").start();
            Instance second =
                    mesh.instance("cart-2").serves("cart", 8080, "http").start();
            Instance client = mesh.client("web");
            mesh.awaitAvailable("cart", 2);
            mesh.awaitSynced();
            try (Load load = Load.get(client, 200, "http://cart:8080/")) {
                load.awaitAnswersOf(50, first, second);
                first.application().kill();
                load.awaitAnswersOf(100, second);
                first.awaitUnavailable();
                first.startApplication();
                first.awaitAvailable();
                load.awaitAnswersOf(50, first);
                load.end();

                assertThat(load.failuresBeside(first)).isEmpty();
                assertThat(load.passed() + load.failures().size()).isEqualTo(load.sent());
                assertThat(second.journal().answered()).hasSizeGreaterThanOrEqualTo((int) load.answersOf("cart-2"));
                assertThat(client.metrics().sum("weft_requests_total", "destination_service", "cart"))
                        .isGreaterThanOrEqualTo((double) load.passed());
            }
        }
    }
}
