package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxy without a file descriptor left waits for one, says so, and serves whom it has. */
class DescriptorsTest {
    private static final int LIMIT = 400;

    @Test
    void withoutDescriptorsAcceptsPauseUntilOneIsFree(@TempDir Path directory) throws Exception {
        try (Upstream upstream = new Upstream();
                StaticProxy proxy = StaticProxy.plan(directory, upstream)
                        .descriptors(LIMIT)
                        .connections(100_000)
                        .start();
                // What is open already needs no descriptor.
                Wire admin = new Wire(proxy.admin());
                Wire client = new Wire(proxy.http());
                Wire second = new Wire(proxy.http())) {
            rehearse(proxy, client, second);
            assertThat(metric(admin, "process_max_fds")).isEqualTo(LIMIT);
            List<Wire> flood = new ArrayList<>();
            for (int i = 0; i < 2 * LIMIT; i++) {
                flood.add(new Wire(proxy.http()));
                if (i % 16 == 0) {
                    // Or the connection to the endpoint would be closed for its idle time, on a busy machine.
                    assertThat(client.get("/ok?flood").status()).isEqualTo(200);
                }
            }
            await().atMost(StaticProxy.BOUND).until(() -> metric(admin, "weft_accept_paused") >= 1);
            assertThat(metric(admin, "weft_accept_pauses_total")).isPositive();
            assertThat(proxy.logText()).contains("no file descriptor is left of " + LIMIT);

            assertServed(proxy, client, second);
            assertNoBusyLoop(proxy);

            for (Wire each : flood) {
                each.close();
            }
            await().atMost(StaticProxy.BOUND).until(() -> metric(admin, "weft_accept_paused") == 0);
            try (Wire after = new Wire(proxy.http())) {
                assertThat(after.get("/ok?after").status()).isEqualTo(200);
            }
            assertThat(proxy.logText()).contains("accepts connections again");
            client.reset();
            proxy.witness().assertAgree();
            // One alarm, not one for each look.
            assertThat(proxy.logText().lines().filter(line -> line.contains("no file descriptor is left of")))
                    .hasSizeLessThanOrEqualTo(4);
            assertThat(proxy.logText()).doesNotContain("at io.netty", "at io.weft.proxy.transport");
        }
    }

    /** A class that is first needed without a descriptor left cannot be loaded from a folder, as the tests have them. */
    private static void rehearse(StaticProxy proxy, Wire client, Wire second) throws IOException {
        for (Wire each : List.of(client, second, client)) {
            assertThat(each.get("/ok?before").status()).isEqualTo(200);
            assertThat(each.get("/close/before-head").status()).isEqualTo(503);
        }
        try (Wire busy = new Wire(proxy.http())) {
            busy.get("/hang?before");
            assertThat(client.get("/ok?before").status()).isEqualTo(200);
        }
    }

    /** One connection to the endpoint is in the pool: a request that needs another has its flag. */
    private static void assertServed(StaticProxy proxy, Wire client, Wire second) throws Exception {
        assertThat(client.get("/ok?meanwhile").status()).isEqualTo(200);
        client.get("/hang?busy");
        AtomicReference<Reply> told = new AtomicReference<>(Reply.NONE);
        await().atMost(StaticProxy.BOUND).untilAsserted(() -> {
            second.get("/ok?without");
            String head = second.head();
            assertThat(head).startsWith("HTTP/1.1 503").contains("x-weft-cause: no_descriptors");
            told.set(Reply.of(head));
            second.read(Integer.parseInt(head.toLowerCase(Locale.ROOT)
                    .split("content-length: ", 2)[1]
                    .split("\r", 2)[0]));
        });
        assertThat(proxy.witness()
                        .assertTold(Objects.requireNonNull(told.get()))
                        .path("flags")
                        .asString())
                .isEqualTo("UF");
    }

    private static void assertNoBusyLoop(StaticProxy proxy) {
        Duration before = proxy.cpu();
        long began = System.nanoTime();
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        Duration used = proxy.cpu().minus(before);
        assertThat(used).isLessThan(Duration.ofNanos(System.nanoTime() - began).dividedBy(2));
    }

    private static long metric(Wire admin, String name) throws IOException {
        admin.send("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
        String head = admin.head().toLowerCase(Locale.ROOT);
        int length = Integer.parseInt(head.split("content-length: ", 2)[1].split("\r", 2)[0]);
        String body = new String(admin.read(length), StandardCharsets.UTF_8);
        return body.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(-1);
    }
}
