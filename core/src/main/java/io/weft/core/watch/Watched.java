package io.weft.core.watch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A cell with the latest value, the only in-process channel between parts. Setting an equal value is a no-op. A watcher is told
 * the latest value on its own executor: a slow one misses what came between, and never queues.
 *
 * <p>Reading is one volatile read. Writers may be on any thread.
 *
 * @param <T> an immutable type whose {@code equals} compares by value
 */
public final class Watched<T> {
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private volatile T value;

    public Watched(T initial) {
        this.value = initial;
    }

    public T get() {
        return value;
    }

    /** Sets the value and tells the watchers; does nothing where the value equals the present one. */
    public void set(T next) {
        update(previous -> next);
    }

    /** Sets what {@code change} makes of the present value, atomically. {@code change} must be quick and free of effects. */
    public void update(UnaryOperator<T> change) {
        synchronized (this) {
            T next = change.apply(value);
            if (next.equals(value)) {
                return;
            }
            value = next;
        }
        for (Watcher watcher : watchers) {
            watcher.wake();
        }
    }

    /**
     * Calls {@code consumer} on {@code executor} with the present value, and then with the latest one after each change.
     * Calls never overlap where the executor runs one task at a time.
     */
    public Subscription watch(Executor executor, Consumer<? super T> consumer) {
        Watcher watcher = new Watcher(executor, consumer);
        watchers.add(watcher);
        watcher.wake();
        return () -> {
            watcher.closed = true;
            watchers.remove(watcher);
        };
    }

    /** Ends a watch; idempotent. A call that is under way may still end after it. */
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    private final class Watcher implements Runnable {
        private final AtomicBoolean scheduled = new AtomicBoolean();
        private final Executor executor;
        private final Consumer<? super T> consumer;
        private volatile boolean closed;

        Watcher(Executor executor, Consumer<? super T> consumer) {
            this.executor = executor;
            this.consumer = consumer;
        }

        void wake() {
            if (!closed && scheduled.compareAndSet(false, true)) {
                executor.execute(this);
            }
        }

        @Override
        public void run() {
            // Cleared before the read: a change after it schedules another run.
            scheduled.set(false);
            if (!closed) {
                consumer.accept(value);
            }
        }
    }
}
