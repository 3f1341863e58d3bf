package io.weft.proxy.host;

import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * An endpoint as a live thing: what it is doing, how it fares, whether requests may go there. It outlives changes of its cluster's
 * endpoints as long as its address stays. Compared by identity; safe on any thread: counters are atomic, the latency estimate may lose an
 * update to a race, which does not matter to an estimate.
 */
public final class Host {
    private final InetSocketAddress address;
    private volatile Endpoint endpoint;
    /** As records name it: made once, not for each request. */
    private volatile String text;

    private volatile Locality locality;

    private volatile boolean activelyHealthy = true;
    private volatile boolean ejected;

    private final AtomicInteger activeRequests = new AtomicInteger();
    private final AtomicInteger awaited = new AtomicInteger();
    private volatile long awaitedSinceNanos;
    private final AtomicInteger activeConnections = new AtomicInteger();
    private final LongAdder totalConnections = new LongAdder();
    private final LongAdder failedConnections = new LongAdder();
    private final LongAdder totalRequests = new LongAdder();
    private final LongAdder failedRequests = new LongAdder();
    private final Latency latency = new Latency();
    private final Failures failures = new Failures();

    /**
     * @param address resolved
     */
    public Host(InetSocketAddress address, Endpoint endpoint, Locality locality) {
        this.address = address;
        this.endpoint = endpoint;
        this.text = endpoint.address().toString();
        this.locality = locality;
    }

    public InetSocketAddress address() {
        return address;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public Locality locality() {
        return locality;
    }

    /** The same address with another description. */
    public void describe(Endpoint newEndpoint, Locality newLocality) {
        endpoint = newEndpoint;
        text = newEndpoint.address().toString();
        locality = newLocality;
    }

    /** Whether new requests may go there. */
    public boolean isAvailable() {
        return isWell() && !ejected;
    }

    /** Whether those who look after it take it for well, whatever came of requests. */
    boolean isWell() {
        Endpoint.Health health = endpoint.health();
        return activelyHealthy && (health == Endpoint.Health.HEALTHY || health == Endpoint.Health.DEGRADED);
    }

    public boolean isDegraded() {
        return endpoint.health() == Endpoint.Health.DEGRADED;
    }

    public boolean isActivelyHealthy() {
        return activelyHealthy;
    }

    /** Answers whether that changed something. */
    public boolean setActivelyHealthy(boolean healthy) {
        boolean changed = activelyHealthy != healthy;
        activelyHealthy = healthy;
        return changed;
    }

    public boolean isEjected() {
        return ejected;
    }

    void setEjected(boolean newEjected) {
        ejected = newEjected;
    }

    public Latency latency() {
        return latency;
    }

    Failures failures() {
        return failures;
    }

    /**
     * How long an answer will take, by what was seen: where nothing was heard for longer than that although answers are awaited, at least so long. So a
     * host that hangs costs the few requests that it had, and does not look better with each that it keeps.
     */
    public double expectedNanos(long nowNanos, long decayNanos, long initialNanos) {
        double estimate = latency.estimate(nowNanos, decayNanos, initialNanos);
        return awaited.get() <= 0
                ? estimate
                : Math.max(estimate, (double) latency.silentNanos(awaitedSinceNanos, nowNanos));
    }

    /** Begins a request, whose response's head is awaited. */
    public void requestStarted(long nowNanos) {
        activeRequests.incrementAndGet();
        if (awaited.getAndIncrement() == 0) {
            awaitedSinceNanos = nowNanos;
        }
        totalRequests.increment();
    }

    /** The response's head of a request that was begun is awaited no longer. */
    public void requestHeard() {
        awaited.decrementAndGet();
    }

    /** Ends what {@link #requestStarted} began. */
    public void requestEnded(boolean success) {
        activeRequests.decrementAndGet();
        if (!success) {
            failedRequests.increment();
        }
    }

    public void connectionOpened() {
        activeConnections.incrementAndGet();
        totalConnections.increment();
    }

    public void connectionClosed() {
        activeConnections.decrementAndGet();
    }

    public void connectFailed() {
        failedConnections.increment();
    }

    public int activeRequests() {
        return activeRequests.get();
    }

    public int activeConnections() {
        return activeConnections.get();
    }

    public long totalConnections() {
        return totalConnections.sum();
    }

    public long failedConnections() {
        return failedConnections.sum();
    }

    public long totalRequests() {
        return totalRequests.sum();
    }

    public long failedRequests() {
        return failedRequests.sum();
    }

    @Override
    public String toString() {
        return text;
    }
}
