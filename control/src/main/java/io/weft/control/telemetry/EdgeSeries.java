package io.weft.control.telemetry;

import org.jspecify.annotations.Nullable;

/** One edge's ring of seconds and its sums since the start. Thread-safe. */
final class EdgeSeries {
    // One more than the longest window: the running second is not part of any window.
    private static final int SLOTS = TrafficStore.MAX_WINDOW_SECONDS + 1;

    private final Slot[] slots = new Slot[SLOTS];
    private final EdgeSums total = new EdgeSums(LatencyHistogram.emptyPacked());
    private final long firstSecond;

    EdgeSeries(long firstSecond) {
        this.firstSecond = firstSecond;
    }

    synchronized void record(long second, EdgeSample sample) {
        total.add(sample);
        int index = (int) Math.floorMod(second, (long) SLOTS);
        Slot slot = slots[index];
        if (slot == null || slot.second != second) {
            slot = new Slot(second);
            slots[index] = slot;
        }
        slot.sums.add(sample);
    }

    synchronized TrafficStore.Measured measure(EdgeKey key, long now, int windowSeconds) {
        EdgeSums window = new EdgeSums(LatencyHistogram.empty());
        for (Slot slot : slots) {
            if (slot != null && slot.second < now && slot.second >= now - windowSeconds) {
                window.add(slot.sums);
            }
        }
        dropSlotsBefore(now - SLOTS);
        return new TrafficStore.Measured(
                key, window, total.copy(LatencyHistogram.empty()), Math.max(1, now - firstSecond));
    }

    private void dropSlotsBefore(long second) {
        for (int i = 0; i < SLOTS; i++) {
            @Nullable Slot slot = slots[i];
            if (slot != null && slot.second < second) {
                slots[i] = null;
            }
        }
    }

    private static final class Slot {
        final long second;
        final EdgeSums sums = new EdgeSums(LatencyHistogram.emptyPacked());

        Slot(long second) {
            this.second = second;
        }
    }
}
