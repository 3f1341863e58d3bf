package io.weft.control.registry;

import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Time that a test moves; tasks may come from any thread. */
public final class ManualScheduler implements Scheduler {
    private final List<Task> tasks = new ArrayList<>();
    private Duration now = Duration.ZERO;

    private record Task(Duration due, Runnable work) {}

    @Override
    public synchronized Cancellable schedule(Duration delay, Runnable work) {
        Task task = new Task(now.plus(delay), work);
        tasks.add(task);
        return () -> cancel(task);
    }

    private synchronized void cancel(Task task) {
        tasks.remove(task);
    }

    public synchronized void advance(Duration by) {
        Duration end = now.plus(by);
        while (true) {
            Task next = tasks.stream()
                    .filter(task -> task.due().compareTo(end) <= 0)
                    .min(Comparator.comparing(Task::due))
                    .orElse(null);
            if (next == null) {
                now = end;
                return;
            }
            tasks.remove(next);
            now = next.due();
            next.work().run();
        }
    }
}
