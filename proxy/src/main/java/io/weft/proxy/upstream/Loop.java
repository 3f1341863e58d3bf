package io.weft.proxy.upstream;

import io.netty.channel.EventLoop;
import io.weft.core.time.Ticker;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** An event loop and what belongs to it alone: its timers, its clock, its source of chance. Only {@link #execute} may be called elsewhere. */
public final class Loop {
    private final int index;
    private final EventLoop eventLoop;
    private final Ticker ticker;
    private final Timers timers;
    private final RandomGenerator random;

    /**
     * @param index from 0, without gaps
     */
    public Loop(int index, EventLoop eventLoop, Ticker ticker) {
        this(
                index,
                eventLoop,
                ticker,
                (delayNanos, task) -> {
                    var _ = eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
                },
                new SplittableRandom());
    }

    /** With an alarm and chance of the caller's, for tests. */
    Loop(int index, EventLoop eventLoop, Ticker ticker, Timers.Alarm alarm, RandomGenerator random) {
        this.index = index;
        this.eventLoop = eventLoop;
        this.ticker = ticker;
        this.timers = new Timers(ticker, alarm);
        this.random = random;
    }

    public int index() {
        return index;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public long nowNanos() {
        return ticker.nanos();
    }

    public Timers timers() {
        return timers;
    }

    public RandomGenerator random() {
        return random;
    }

    public boolean isCurrent() {
        return eventLoop.inEventLoop();
    }

    public void execute(Runnable task) {
        eventLoop.execute(task);
    }
}
