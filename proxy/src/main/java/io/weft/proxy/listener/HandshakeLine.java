package io.weft.proxy.listener;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * When each TLS handshake of a loop begins. Who comes while there is room begins at once; others wait with what they sent unread, first come first served, so
 * that requests of open connections run between handshakes. Who had to wait for {@link #PATIENCE_NANOS}, or comes when the line is as long as that, is refused
 * for the price of a ClientHello. Where too many handshakes are unfinished, the oldest makes room if it had its time. Confined to its loop.
 *
 * <p>The rate is kept by the time at which the next one is due (the generic cell rate algorithm, ITU-T I.371), which may lie {@link #BURST_NANOS} ahead.
 *
 * @param <C> a connection
 */
final class HandshakeLine<C> {
    /** A client waits longer for a connection, and soon enough hears to go elsewhere. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** So much of a second's handshakes may begin one after the other. */
    static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Between two looks at the line; timers cost a system call. */
    private static final long LEAST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** What becomes of a connection. */
    interface Turns<C> {
        void begin(C connection);

        /** It waited in vain. */
        void refuse(C connection);

        /** It began, and makes room. */
        void crowdOut(C connection);

        boolean isOpen(C connection);
    }

    /** Calls {@link #onTime} on the loop. */
    interface Alarm {
        void after(long nanos);
    }

    private record Waiting<C>(C connection, long since) {}

    private final Turns<C> turns;
    private final Alarm alarm;
    private final long intervalNanos;
    private final int longest;
    private final UnfinishedSetups<C> unfinished;
    private final Deque<Waiting<C>> line = new ArrayDeque<>();
    private long due = Long.MIN_VALUE;
    private boolean alarmed;

    /** @param limits this loop's */
    HandshakeLine(HandshakeLimits limits, Turns<C> turns, Alarm alarm) {
        this.turns = turns;
        this.alarm = alarm;
        this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / limits.perSecond();
        this.longest = limits.perSecond();
        this.unfinished = new UnfinishedSetups<>(1, limits.atOnce());
    }

    /**
     * Begins at once, later, or never.
     *
     * @return whether it has to wait
     */
    boolean enter(C connection, long now) {
        if (line.isEmpty() && mayBegin(now) && begin(connection, now)) {
            return false;
        }
        if (line.size() >= longest) {
            turns.refuse(connection);
            return false;
        }
        line.add(new Waiting<>(connection, now));
        watch(now);
        return true;
    }

    /** Its handshake is over. */
    void leave(C connection, long now) {
        unfinished.remove(0, connection);
        if (!line.isEmpty()) {
            watch(now);
        }
    }

    private boolean mayBegin(long now) {
        return due == Long.MIN_VALUE || due - now <= BURST_NANOS;
    }

    private boolean begin(C connection, long now) {
        C leaves = unfinished.add(0, connection, now);
        if (connection.equals(leaves)) {
            return false;
        }
        due = (due == Long.MIN_VALUE || due - now < 0 ? now : due) + intervalNanos;
        if (leaves != null) {
            turns.crowdOut(leaves);
        }
        turns.begin(connection);
        return true;
    }

    private void watch(long now) {
        if (!alarmed) {
            alarmed = true;
            alarm.after(
                    mayBegin(now)
                            ? LEAST_WAIT_NANOS
                            : Math.clamp(due - now - BURST_NANOS, LEAST_WAIT_NANOS, MOST_WAIT_NANOS));
        }
    }

    /** Time has passed. */
    void onTime(long now) {
        alarmed = false;
        while (!line.isEmpty()) {
            Waiting<C> first = line.getFirst();
            if (!turns.isOpen(first.connection())) {
                line.removeFirst();
            } else if (now - first.since() >= PATIENCE_NANOS) {
                line.removeFirst();
                turns.refuse(first.connection());
            } else if (mayBegin(now)) {
                line.removeFirst();
                if (!begin(first.connection(), now)) {
                    line.addFirst(first);
                    watch(now);
                    return;
                }
            } else {
                watch(now);
                return;
            }
        }
    }

    int waiting() {
        return line.size();
    }
}
