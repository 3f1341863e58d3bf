package io.weft.proxy.http;

import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Timers;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** All deadlines of one exchange behind one timer. Activity only writes a field: the timer finds out when it fires. Confined to its loop. */
@SuppressWarnings("EnumOrdinal") // the ordinal indexes an array of this process alone
final class Deadlines extends Timers.Timer {
    /** Whose deadlines they are. */
    interface Owner {
        void onDue(Kind kind);
    }

    /** What is due. */
    enum Kind {
        REQUEST_RECEIVED,
        REQUEST,
        GRPC,
        MAX_STREAM,
        PER_TRY,
        RESPONSE_HEAD,
        IDLE,
        BACKOFF
    }

    private static final Kind[] KINDS = Kind.values();
    private static final long NONE = Long.MAX_VALUE;
    private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(3650);

    private final Loop loop;
    private final Owner owner;
    private final long[] due = new long[KINDS.length];
    private long timerDue;
    private long idleNanos;
    private long lastActivity;
    private boolean closed;
    private boolean held = true;

    Deadlines(Loop loop, Owner owner) {
        this.loop = loop;
        this.owner = owner;
        Arrays.fill(due, NONE);
    }

    /** Sets a deadline from now on; 0 or less: none. */
    void set(Kind kind, long millis) {
        if (millis <= 0) {
            clear(kind);
        } else {
            set(kind, millis, held ? loop.lastNanos() : loop.nowNanos());
        }
    }

    private void set(Kind kind, long millis, long now) {
        // Bounded, so that the sum below does not overflow.
        long nanos = Math.min(LONGEST_NANOS, TimeUnit.MILLISECONDS.toNanos(millis));
        if (kind == Kind.IDLE) {
            idleNanos = nanos;
            lastActivity = now;
        }
        due[kind.ordinal()] = now + nanos;
        if (!held) {
            arm(now);
        }
    }

    /** The exchange has begun, and with it the timer: until then deadlines are set in one turn, whose time the loop knows. */
    void begin() {
        held = false;
        if (!closed) {
            arm(loop.lastNanos());
        }
    }

    void clear(Kind kind) {
        due[kind.ordinal()] = NONE;
    }

    /** Whether it is past, as far as coarse timers can tell. */
    boolean isOver(Kind kind) {
        return due[kind.ordinal()] - Timers.TICK_NANOS <= loop.nowNanos();
    }

    /** A byte moved. */
    void activity(long nowNanos) {
        lastActivity = nowNanos;
    }

    void close() {
        closed = true;
        loop.timers().cancel(this);
    }

    private void arm(long now) {
        long soonest = NONE;
        for (long each : due) {
            // nanoTime may overflow only after centuries; plain comparison is right for differences from one origin.
            soonest = Math.min(soonest, each);
        }
        if (soonest != NONE && (!isSet() || soonest < timerDue)) {
            timerDue = soonest;
            loop.timers().set(this, soonest - now, now);
        }
    }

    @Override
    protected void fire() {
        long now = loop.nowNanos();
        int idle = Kind.IDLE.ordinal();
        if (due[idle] <= now && lastActivity + idleNanos > now) {
            due[idle] = lastActivity + idleNanos;
        }
        for (Kind kind : KINDS) {
            if (!closed && due[kind.ordinal()] <= now) {
                due[kind.ordinal()] = NONE;
                owner.onDue(kind);
            }
        }
        if (!closed) {
            arm(now);
        }
    }
}
