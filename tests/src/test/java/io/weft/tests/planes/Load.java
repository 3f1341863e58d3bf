package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/** Requests that run on and on, each checked; what failed is told at the end. */
public final class Load implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong passed = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Sidecar from;
    private final Supplier<HttpRequest.Builder> request;
    private final Function<HttpResponse<String>, String> fault;
    private volatile boolean stopped;

    /**
     * @param workers requests at once
     * @param fault what is wrong with a response; empty: nothing
     */
    public Load(
            Sidecar from,
            int workers,
            Supplier<HttpRequest.Builder> request,
            Function<HttpResponse<String>, String> fault) {
        this.from = from;
        this.request = request;
        this.fault = fault;
        for (int i = 0; i < workers; i++) {
            threads.execute(this::run);
        }
    }

    /** GET, to be answered with 200. */
    public static Load of(Sidecar from, int workers, String uri) {
        return new Load(from, workers, () -> HttpRequest.newBuilder(URI.create(uri)), Load::notOk);
    }

    public static String notOk(HttpResponse<String> response) {
        return response.statusCode() == 200
                ? ""
                : response.statusCode() + " " + response.headers().map();
    }

    private void run() {
        while (!stopped) {
            try {
                String wrong = fault.apply(from.send(request.get()));
                if (wrong.isEmpty()) {
                    passed.incrementAndGet();
                } else {
                    failures.add(wrong);
                }
            } catch (Exception e) {
                if (!stopped) {
                    failures.add(e.toString());
                }
                return;
            }
        }
    }

    /** Returns when this many more have passed. */
    public void awaitPassed(int more) {
        long wanted = passed.get() + more;
        await().atMost(TestMesh.BOUND).until(() -> {
            assertNoneFailed();
            return passed.get() >= wanted;
        });
    }

    public void assertNoneFailed() {
        assertThat(failures).isEmpty();
    }

    /** Lets what runs end, then nothing may have failed. */
    public void end() throws InterruptedException {
        stopped = true;
        threads.shutdown();
        assertThat(threads.awaitTermination(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS))
                .as("requests that do not end")
                .isTrue();
        assertNoneFailed();
        assertThat(passed.get()).isPositive();
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
    }
}
