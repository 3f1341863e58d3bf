package io.weft.proxy.codec;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timeout that is set and cleared with each request and hardly ever fires. Both are a write of a field: the one task that waits finds out when it runs
 * whether it is due, and waits for the rest where it is not. Confined to its loop.
 */
final class LazyTimeout {
    private static final long NONE = Long.MAX_VALUE;

    private final EventExecutor executor;
    private final Runnable action;
    private final Runnable check = this::check;
    private long due = NONE;
    private long checkDue = NONE;
    private @Nullable ScheduledFuture<?> task;

    LazyTimeout(EventExecutor executor, Runnable action) {
        this.executor = executor;
        this.action = action;
    }

    /** From now on; 0 or less: none. */
    void set(long millis) {
        if (millis <= 0) {
            clear();
            return;
        }
        long now = now();
        due = now + TimeUnit.MILLISECONDS.toNanos(millis);
        if (due < checkDue) {
            cancel();
            schedule(now);
        }
    }

    boolean isSet() {
        return due != NONE;
    }

    void clear() {
        due = NONE;
    }

    /** Clears it, and keeps nothing that waits. */
    void stop() {
        clear();
        cancel();
    }

    private void cancel() {
        if (task != null) {
            task.cancel(false);
            task = null;
        }
        checkDue = NONE;
    }

    private long now() {
        return executor.ticker().nanoTime() - executor.ticker().initialNanoTime();
    }

    private void schedule(long now) {
        checkDue = due;
        task = executor.schedule(check, due - now, TimeUnit.NANOSECONDS);
    }

    private void check() {
        task = null;
        checkDue = NONE;
        if (due == NONE) {
            return;
        }
        long now = now();
        if (due > now) {
            schedule(now);
        } else {
            due = NONE;
            action.run();
        }
    }
}
