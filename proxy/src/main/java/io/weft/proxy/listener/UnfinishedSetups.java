package io.weft.proxy.listener;

import io.weft.proxy.upstream.Loops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of each loop that have not come as far as a request, oldest first: bounded, since anybody can open one and send nothing, or half of a
 * handshake. Where there are too many the oldest goes, if it had its time; else the newest, which waits for those that are about to end. Each loop has its own.
 */
final class UnfinishedSetups {
    /** Of one loop; more than all proxies of a large mesh that come at once after a restart. */
    static final int MAX = 4096;

    /** Within as much a handshake ends, even of a slow peer on a busy machine. */
    private static final long FAIR_NANOS = 2_000_000_000L;

    private final List<LinkedHashMap<ConnectionSetup, Long>> loops = new ArrayList<>();
    private final int max;

    UnfinishedSetups(Loops loops) {
        this(loops, MAX);
    }

    UnfinishedSetups(Loops loops, int max) {
        loops.all().forEach(_ -> this.loops.add(new LinkedHashMap<>()));
        this.max = max;
    }

    /**
     * Takes a connection in.
     *
     * @return which one has to go; null: none
     */
    @Nullable
    ConnectionSetup add(int loop, ConnectionSetup setup, long nowNanos) {
        LinkedHashMap<ConnectionSetup, Long> waiting = loops.get(loop);
        ConnectionSetup leaves = null;
        if (waiting.size() >= max) {
            Map.Entry<ConnectionSetup, Long> oldest = waiting.firstEntry();
            if (nowNanos - oldest.getValue() < FAIR_NANOS) {
                return setup;
            }
            leaves = oldest.getKey();
            waiting.remove(leaves);
        }
        waiting.put(setup, nowNanos);
        return leaves;
    }

    void remove(int loop, ConnectionSetup setup) {
        loops.get(loop).remove(setup);
    }

    int size(int loop) {
        return loops.get(loop).size();
    }
}
