package io.weft.proxy.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.internal.PlatformDependent;
import io.weft.core.time.Ticker;
import io.weft.proxy.transport.Budget;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** An event loop and what belongs to it alone: its timers, its clock, its source of chance. Only {@link #execute} may be called elsewhere. */
public final class Loop {
    /** Of what there is for buffers. */
    private static final long MAX_RETAINED_BYTES = Math.max(1024 * 1024, PlatformDependent.maxDirectMemory() / 16);

    private long lastNanos;
    private final int index;
    private final EventLoop eventLoop;
    private final Ticker ticker;
    private final Timers timers;
    private final RandomGenerator random;
    private final Budget retained = new Budget(MAX_RETAINED_BYTES);
    private final Budget requests;
    /** Requests that wait for a connection which the present configuration would not make. Confined to this loop. */
    private int retiring;

    /**
     * @param index from 0, without gaps
     * @param requestBytes how much of the heap its clients and their requests may hold
     */
    public Loop(int index, EventLoop eventLoop, Ticker ticker, long requestBytes) {
        this(
                index,
                eventLoop,
                ticker,
                requestBytes,
                (delayNanos, task) -> {
                    var _ = eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
                },
                new SplittableRandom(new SecureRandom().nextLong()));
    }

    /** With an alarm and chance of the caller's, for tests. */
    Loop(int index, EventLoop eventLoop, Ticker ticker, long requestBytes, Timers.Alarm alarm, RandomGenerator random) {
        this.index = index;
        this.eventLoop = eventLoop;
        this.ticker = ticker;
        this.timers = new Timers(ticker, alarm);
        this.requests = new Budget(requestBytes);
        this.random = random;
    }

    public int index() {
        return index;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public long nowNanos() {
        lastNanos = ticker.nanos();
        return lastNanos;
    }

    /** When {@link #nowNanos} was asked last: the time for who is called by somebody who asked just now. */
    public long lastNanos() {
        return lastNanos;
    }

    public Timers timers() {
        return timers;
    }

    public RandomGenerator random() {
        return random;
    }

    /** So many more requests wait for a connection of a former configuration. */
    void retire(int more) {
        retiring += more;
    }

    int retiring() {
        return retiring;
    }

    public boolean isCurrent() {
        return eventLoop.inEventLoop();
    }

    /** Of buffers of requests that may have to be sent again. */
    public Budget retained() {
        return retained;
    }

    /** Of the heap, for clients and their requests. */
    public Budget requests() {
        return requests;
    }

    public void execute(Runnable task) {
        eventLoop.execute(task);
    }
}
