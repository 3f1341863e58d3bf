package io.weft.proxy.listener;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of each loop that have not come as far as a request, oldest first: bounded, since anybody can open one and send nothing, or half of a
 * handshake. Where there are too many the oldest goes, if it had its time; else the newest, which waits for those that are about to end. Each loop has its own.
 *
 * @param <C> a connection
 */
final class UnfinishedSetups<C> {
    /** Of one loop; more than all proxies of a large mesh that come at once after a restart. */
    static final int MAX = 4096;

    /** Within as much a handshake ends, even of a slow peer on a busy machine. */
    static final long FAIR_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final List<LinkedHashMap<C, Long>> loops = new ArrayList<>();
    private final int max;

    UnfinishedSetups(int loops, int max) {
        for (int i = 0; i < loops; i++) {
            this.loops.add(new LinkedHashMap<>());
        }
        this.max = max;
    }

    /**
     * Takes a connection in.
     *
     * @return which one has to go; null: none
     */
    @Nullable
    C add(int loop, C setup, long nowNanos) {
        LinkedHashMap<C, Long> waiting = loops.get(loop);
        C leaves = null;
        if (waiting.size() >= max) {
            Map.Entry<C, Long> oldest = waiting.firstEntry();
            if (nowNanos - oldest.getValue() < FAIR_NANOS) {
                return setup;
            }
            leaves = oldest.getKey();
            waiting.remove(leaves);
        }
        waiting.put(setup, nowNanos);
        return leaves;
    }

    void remove(int loop, C setup) {
        loops.get(loop).remove(setup);
    }

    int size(int loop) {
        return loops.get(loop).size();
    }
}
