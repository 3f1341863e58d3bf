package io.weft.proxy.identity;

import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock and a scheduler that stand still until they are told to go. */
final class ManualTime implements Scheduler, InstantSource {
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(Comparator.comparing(Task::at));
    private Instant now = Instant.now();

    private record Task(Instant at, Runnable runnable) {}

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable runnable) {
        Task task = new Task(now.plus(delay.isNegative() ? Duration.ZERO : delay), runnable);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /** Moves on, running what falls due on the way. */
    void advance(Duration duration) {
        Instant end = now.plus(duration);
        for (Task task = tasks.peek(); task != null && !task.at().isAfter(end); task = tasks.peek()) {
            tasks.remove(task);
            now = task.at();
            task.runnable().run();
        }
        now = end;
    }

    boolean isIdle() {
        return tasks.isEmpty();
    }
}
