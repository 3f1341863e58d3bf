package io.weft.proxy.upstream;

import io.netty.channel.EventLoop;
import io.weft.core.time.Ticker;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** The event loops of a process. Immutable. */
public final class Loops {
    private final List<Loop> loops;
    private final IdentityHashMap<EventLoop, Loop> byEventLoop = new IdentityHashMap<>();
    private final Ticker ticker;

    public static Loops of(List<? extends EventLoop> eventLoops, Ticker ticker) {
        List<Loop> loops = new ArrayList<>();
        for (EventLoop eventLoop : eventLoops) {
            loops.add(new Loop(loops.size(), eventLoop, ticker));
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
