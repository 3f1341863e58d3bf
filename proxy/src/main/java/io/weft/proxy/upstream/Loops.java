package io.weft.proxy.upstream;

import io.netty.channel.EventLoop;
import io.weft.core.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The event loops of a process. Immutable. */
public final class Loops {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final List<Loop> loops;
    private final IdentityHashMap<EventLoop, Loop> byEventLoop = new IdentityHashMap<>();
    private final Ticker ticker;

    /** Clients may hold two thirds of the heap; the rest is what the proxy itself needs. */
    public static Loops of(List<? extends EventLoop> eventLoops, Ticker ticker) {
        long requestBytes = Runtime.getRuntime().maxMemory() / 3 * 2 / eventLoops.size();
        List<Loop> loops = new ArrayList<>();
        for (EventLoop eventLoop : eventLoops) {
            loops.add(new Loop(loops.size(), eventLoop, ticker, requestBytes));
        }
        return new Loops(loops, ticker);
    }

    public Loops(List<Loop> loops, Ticker ticker) {
        this.loops = List.copyOf(loops);
        this.ticker = ticker;
        loops.forEach(loop -> byEventLoop.put(loop.eventLoop(), loop));
    }

    public List<Loop> all() {
        return loops;
    }

    public Ticker ticker() {
        return ticker;
    }

    /**
     * Runs a task once no request waits for a connection that the present configuration would not make, or after a bound: requests that began
     * before it have found a connection then, and what they connect to may go.
     */
    public void whenSettled(Duration bound, Runnable task) {
        AtomicInteger unsettled = new AtomicInteger(loops.size());
        long deadline = ticker.nanos() + bound.toNanos();
        for (Loop loop : loops) {
            loop.execute(() -> awaitSettled(loop, deadline, () -> {
                if (unsettled.decrementAndGet() == 0) {
                    task.run();
                }
            }));
        }
    }

    private static void awaitSettled(Loop loop, long deadline, Runnable settled) {
        if (loop.retiring() == 0 || loop.nowNanos() - deadline >= 0) {
            settled.run();
        } else {
            loop.timers().set(new Timers.Timer(() -> awaitSettled(loop, deadline, settled)), POLL_NANOS);
        }
    }

    /**
     * @throws IllegalArgumentException for an event loop that is not one of these
     */
    public Loop of(EventLoop eventLoop) {
        Loop loop = byEventLoop.get(eventLoop);
        if (loop == null) {
            throw new IllegalArgumentException("not one of the proxy's event loops: " + eventLoop);
        }
        return loop;
    }
}
