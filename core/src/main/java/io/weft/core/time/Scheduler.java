package io.weft.core.time;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs tasks later, one at a time, on a thread of the implementation's choosing. */
public interface Scheduler {
    /** Runs {@code task} once after {@code delay}; a negative delay means at once. */
    Cancellable schedule(Duration delay, Runnable task);

    /**
     * Runs {@code task} and returns when it ended, or after {@code bound} without it. Not to be called from a task: that one would wait for
     * itself.
     */
    default void runAndWait(Duration bound, Runnable task) {
        CountDownLatch ended = new CountDownLatch(1);
        Cancellable scheduled = schedule(Duration.ZERO, () -> {
            try {
                task.run();
            } finally {
                ended.countDown();
            }
        });
        try {
            if (!ended.await(bound.toNanos(), TimeUnit.NANOSECONDS)) {
                scheduled.cancel();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A task that has not run yet. */
    interface Cancellable {
        /** Idempotent; a task that runs already runs to its end. */
        void cancel();
    }
}
