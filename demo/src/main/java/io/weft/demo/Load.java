package io.weft.demo;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The customers: requests to {@code frontend} at a fixed rate that does not slow down when answers do (open loop), so
 * that latencies are not flattered. At most {@value #MAX_IN_FLIGHT} are in flight; a turn that comes above that is
 * skipped and counted.
 */
final class Load implements Shop.Running {
    static final int MAX_IN_FLIGHT = 128;
    private static final String FRONTEND = "http://frontend.shop:8080";
    private static final int REPORT_SECONDS = 10;
    private static final int CUSTOMERS = 50;

    // Every edge of the shop gets at least a quarter of the requests.
    private static final List<Step> STEPS = List.of(
            new Step("GET", "/product/loom?"),
            new Step("POST", "/checkout?"),
            new Step("GET", "/cart?"),
            new Step("GET", "/product/bobbin?"),
            new Step("POST", "/checkout?"),
            new Step("GET", "/product/silk-yarn?"),
            new Step("GET", "/cart?"),
            new Step("GET", "/?"),
            new Step("POST", "/checkout?"),
            new Step("GET", "/product/dye-indigo?"),
            new Step("GET", "/cart?"));

    private final Downstream downstream;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("load-clock").factory());
    private final ExecutorService customers = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    // Confined to the clock's thread.
    private long turn;

    private record Step(String method, String path) {}

    private Load(Downstream downstream) {
        this.downstream = downstream;
    }

    static Load start(ShopOptions options, Downstream downstream) {
        Load load = new Load(downstream);
        long periodNanos = TimeUnit.SECONDS.toNanos(1) / options.rate();
        var _ = load.clock.scheduleAtFixedRate(load::takeTurn, 0, periodNanos, TimeUnit.NANOSECONDS);
        var _ = load.clock.scheduleAtFixedRate(load::report, REPORT_SECONDS, REPORT_SECONDS, TimeUnit.SECONDS);
        return load;
    }

    /** Requests that were answered with 200. */
    long succeeded() {
        return succeeded.sum();
    }

    /** Requests that were not. */
    long failed() {
        return failed.sum();
    }

    @Override
    public OptionalInt port() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {
        clock.shutdownNow();
        customers.shutdownNow();
        downstream.close();
    }

    private void takeTurn() {
        long mine = turn++;
        if (!inFlight.tryAcquire()) {
            skipped.increment();
            return;
        }
        customers.execute(() -> request(mine));
    }

    private void request(long mine) {
        Step step = STEPS.get((int) (mine % STEPS.size()));
        try {
            var _ = downstream.call(
                    step.method(), FRONTEND + step.path() + "user=customer-" + mine % CUSTOMERS, Trace.NONE);
            succeeded.increment();
        } catch (DownstreamException failure) {
            failed.increment();
            if (failed.sum() <= 3) {
                System.err.println("load: " + failure.getMessage());
            }
        } finally {
            inFlight.release();
        }
    }

    private void report() {
        System.out.println("load: " + succeeded.sum() + " answered, " + failed.sum() + " failed, " + skipped.sum()
                + " skipped since the start");
    }
}
