package io.weft.tests.faults.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks for one service again and again, one request after the other: each is answered with 200, by a
 * configuration that never gets older. One connection serves them all, where nothing is wrong.
 */
final class Prober implements AutoCloseable {
    private final HttpClient client;
    private final URI uri;
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger highest = new AtomicInteger();
    private final AtomicInteger passed = new AtomicInteger();
    private final Thread thread;
    private volatile boolean stopped;

    Prober(Instance from, String uri) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(from.outbound()))
                .build();
        this.uri = URI.create(uri);
        this.thread = Thread.ofPlatform().daemon().name("prober").start(this::run);
    }

    /** The newest number that a response carried. */
    int highest() {
        return highest.get();
    }

    /** Returns when this many more have been answered; none may have failed. */
    void awaitPassed(int more) {
        int enough = passed.get() + more;
        await().atMost(FaultMesh.BOUND).until(() -> passed.get() >= enough);
        assertNoFaults();
    }

    void assertNoFaults() {
        assertThat(faults).isEmpty();
    }

    private void run() {
        while (!stopped) {
            try {
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        BodyHandlers.ofString());
                int number = Integer.parseInt(
                        response.headers().firstValue("x-number").orElse("0"));
                if (response.statusCode() != 200 || number < highest.get()) {
                    faults.add(response.statusCode() + " number " + number + " after " + highest.get() + " "
                            + response.headers().map());
                }
                highest.set(Math.max(number, highest.get()));
                passed.incrementAndGet();
            } catch (IOException e) {
                if (!stopped) {
                    faults.add(e.toString());
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        client.shutdownNow();
        thread.interrupt();
    }
}
