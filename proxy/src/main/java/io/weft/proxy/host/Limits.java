package io.weft.proxy.host;

import io.weft.engine.config.Cluster.CircuitBreakers;
import io.weft.engine.config.Cluster.RetryBudget;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What may happen at once in a cluster, for the whole process (Envoy's circuit breakers and retry budget). Safe on any thread. */
public final class Limits {
    private volatile CircuitBreakers bounds;
    private final Bounded connections = new Bounded();
    private final Bounded pending = new Bounded();
    private final Bounded requests = new Bounded();
    private final Bounded retries = new Bounded();
    private final LongAdder retried = new LongAdder();

    public Limits(CircuitBreakers bounds) {
        this.bounds = bounds;
    }

    public void setBounds(CircuitBreakers newBounds) {
        bounds = newBounds;
    }

    public boolean tryConnection() {
        return connections.tryAcquire(bounds.maxConnections());
    }

    /** One above the bound: a pool without any connection could never serve. */
    public void forceConnection() {
        connections.count.incrementAndGet();
    }

    public void releaseConnection() {
        connections.count.decrementAndGet();
    }

    public boolean tryPending() {
        return pending.tryAcquire(bounds.maxPendingRequests());
    }

    public void releasePending() {
        pending.count.decrementAndGet();
    }

    public boolean tryRequest() {
        return requests.tryAcquire(bounds.maxRequests());
    }

    public void releaseRequest() {
        requests.count.decrementAndGet();
    }

    /** Whether one more retry fits into the budget. */
    public boolean tryRetry() {
        RetryBudget budget = bounds.retryBudget();
        if (budget == null) {
            return retries.tryAcquire(bounds.maxRetries());
        }
        long allowed = Math.max(budget.minimum(), (long) (budget.percent() / 100 * requests.count.get()));
        return retries.tryAcquire(allowed);
    }

    /** One more request is sent again, whatever that costs. */
    public void countRetry() {
        retried.increment();
    }

    /** How often requests were sent again. */
    public long totalRetries() {
        return retried.sum();
    }

    public void releaseRetry() {
        retries.count.decrementAndGet();
    }

    public long activeConnections() {
        return connections.count.get();
    }

    public long activePending() {
        return pending.count.get();
    }

    public long activeRequests() {
        return requests.count.get();
    }

    public long activeRetries() {
        return retries.count.get();
    }

    public CircuitBreakers bounds() {
        return bounds;
    }

    /** A counter with a bound. */
    private static final class Bounded {
        final AtomicLong count = new PaddedLong();

        boolean tryAcquire(long bound) {
            if (count.incrementAndGet() <= bound) {
                return true;
            }
            count.decrementAndGet();
            return false;
        }
    }

    /** An atomic of more than a cache line, so that no other object's field shares its line. */
    @SuppressWarnings("unused") // padding
    private static final class PaddedLong extends AtomicLong {
        private static final long serialVersionUID = 1L;
        private long pad1;
        private long pad2;
        private long pad3;
        private long pad4;
        private long pad5;
        private long pad6;
        private long pad7;
    }
}
