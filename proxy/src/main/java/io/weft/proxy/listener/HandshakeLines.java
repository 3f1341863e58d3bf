package io.weft.proxy.listener;

import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Loops;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The line of each loop. */
final class HandshakeLines {
    private final List<HandshakeLine<ConnectionSetup>> lines = new ArrayList<>();

    HandshakeLines(HandshakeLimits limits, Loops loops) {
        HandshakeLimits share = limits.share(loops.all().size());
        for (Loop loop : loops.all()) {
            lines.add(new HandshakeLine<>(share, ConnectionSetup.TURNS, nanos -> wake(loop, nanos)));
        }
    }

    private void wake(Loop loop, long nanos) {
        var _ = loop.eventLoop().schedule(() -> of(loop).onTime(loop.nowNanos()), nanos, TimeUnit.NANOSECONDS);
    }

    HandshakeLine<ConnectionSetup> of(Loop loop) {
        return lines.get(loop.index());
    }
}
