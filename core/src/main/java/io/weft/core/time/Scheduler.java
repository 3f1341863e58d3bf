package io.weft.core.time;

import java.time.Duration;

/** Runs tasks later, one at a time, on a thread of the implementation's choosing. */
public interface Scheduler {
    /** Runs {@code task} once after {@code delay}; a negative delay means at once. */
    Cancellable schedule(Duration delay, Runnable task);

    /** A task that has not run yet. */
    interface Cancellable {
        /** Idempotent; a task that runs already runs to its end. */
        void cancel();
    }
}
