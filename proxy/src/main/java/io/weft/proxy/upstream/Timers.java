package io.weft.proxy.upstream;

import io.weft.core.time.Ticker;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Coarse timers of one event loop: a hashed wheel (Varghese and Lauck, 1987) over intrusive lists. Setting and cancelling are a few writes; the loop is
 * woken only where a timer may be due, so a request whose timeouts never fire costs no system call. Fires up to {@link #TICK_NANOS} late, never
 * early. Confined to the loop.
 */
public final class Timers {
    public static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int SLOTS = 512;

    /** Wakes the loop later. */
    @FunctionalInterface
    public interface Alarm {
        void wakeIn(long delayNanos, Runnable task);
    }

    /** Something to happen at a time; set in one {@link Timers} only. */
    public static class Timer {
        private final @Nullable Runnable action;
        private long tick;
        private int slot = -1;
        private @Nullable Timer previous;
        private @Nullable Timer next;

        public Timer(Runnable action) {
            this.action = action;
        }

        /** For those that are timers themselves, and override {@link #fire}. */
        protected Timer() {
            this.action = null;
        }

        /** The time has come. */
        protected void fire() {
            if (action != null) {
                action.run();
            }
        }

        public final boolean isSet() {
            return slot >= 0;
        }
    }

    private final Alarm alarm;
    private final Ticker ticker;
    private final long origin;
    private final @Nullable Timer[] slots = new Timer[SLOTS];
    private long doneTick;
    private int count;
    private long armedTick = Long.MAX_VALUE;

    public Timers(Ticker ticker, Alarm alarm) {
        this.ticker = ticker;
        this.alarm = alarm;
        this.origin = ticker.nanos();
    }

    /** Sets or moves a timer. */
    public void set(Timer timer, long delayNanos) {
        set(timer, delayNanos, ticker.nanos());
    }

    /** As {@link #set(Timer, long)}, where the ticker was asked just now. */
    public void set(Timer timer, long delayNanos, long nowNanos) {
        long now = nowNanos - origin;
        long tick = Math.max(doneTick + 1, (now + Math.max(0, delayNanos) + TICK_NANOS - 1) / TICK_NANOS);
        if (timer.isSet()) {
            if (timer.tick == tick) {
                return;
            }
            unlink(timer);
        }
        timer.tick = tick;
        link(timer);
        arm(tick, now);
    }

    /** Idempotent. */
    public void cancel(Timer timer) {
        if (timer.isSet()) {
            unlink(timer);
        }
    }

    /** How many are set. */
    public int size() {
        return count;
    }

    private void arm(long tick, long now) {
        if (tick >= armedTick) {
            return;
        }
        armedTick = tick;
        alarm.wakeIn(Math.max(0, tick * TICK_NANOS - now), () -> {
            if (armedTick == tick) {
                armedTick = Long.MAX_VALUE;
                fireDue();
            }
        });
    }

    /** Fires what is due; called by the alarm. */
    void fireDue() {
        long now = ticker.nanos() - origin;
        long nowTick = now / TICK_NANOS;
        if (nowTick > doneTick) {
            long first = Math.max(doneTick + 1, nowTick - SLOTS + 1);
            doneTick = nowTick;
            for (long tick = first; tick <= nowTick && count > 0; tick++) {
                fireSlot((int) (tick % SLOTS), nowTick);
            }
        }
        if (count > 0) {
            armNext(now);
        }
    }

    private void fireSlot(int slot, long nowTick) {
        // A timer that fires may cancel or set others: begin anew after each. Those set meanwhile are due later than
        // nowTick.
        Timer timer = slots[slot];
        while (timer != null) {
            if (timer.tick <= nowTick) {
                unlink(timer);
                timer.fire();
                timer = slots[slot];
            } else {
                timer = timer.next;
            }
        }
    }

    private void armNext(long now) {
        for (long tick = doneTick + 1; tick <= doneTick + SLOTS; tick++) {
            if (slots[(int) (tick % SLOTS)] != null) {
                arm(tick, now);
                return;
            }
        }
    }

    private void link(Timer timer) {
        int slot = (int) (timer.tick % SLOTS);
        Timer head = slots[slot];
        timer.slot = slot;
        timer.previous = null;
        timer.next = head;
        if (head != null) {
            head.previous = timer;
        }
        slots[slot] = timer;
        count++;
    }

    private void unlink(Timer timer) {
        if (timer.previous == null) {
            slots[timer.slot] = timer.next;
        } else {
            timer.previous.next = timer.next;
        }
        if (timer.next != null) {
            timer.next.previous = timer.previous;
        }
        timer.slot = -1;
        timer.previous = null;
        timer.next = null;
        count--;
    }
}
