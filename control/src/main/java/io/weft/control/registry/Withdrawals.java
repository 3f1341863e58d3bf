package io.weft.control.registry;

import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether anybody may still send requests to an instance that leaves: the xDS server tells which proxies there are, and up to which version of the
 * registry each has acknowledged its endpoints; a leaving instance waits here until all are past the version that withdrew it.
 *
 * <p>A proxy whose stream breaks goes on with the endpoints that it has: it counts as a holder for one lease more. A proxy that ended its stream in
 * order does not.
 */
public final class Withdrawals {
    private static final Logger LOG = LoggerFactory.getLogger(Withdrawals.class);

    private static final int MAX_NAMED = 10;

    private final Scheduler scheduler;
    private final Duration memory;
    private final Map<String, Holder> holders = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private final LongAdder confirmed = new LongAdder();
    private final LongAdder unconfirmed = new LongAdder();
    private boolean reunion;

    /** @param memory how long a proxy whose stream broke counts */
    Withdrawals(Scheduler scheduler, Duration memory) {
        this.scheduler = scheduler;
        this.memory = memory;
    }

    /** A proxy that gets endpoints has connected; what it holds is not known yet. */
    public synchronized void joined(String node) {
        Holder holder = holders.computeIfAbsent(node, id -> new Holder());
        if (holder.streams++ == 0) {
            holder.version = -1;
            // It may begin with what was there before an instance left.
            waiters.forEach(waiter -> waiter.pending.add(node));
        }
        if (holder.expiry != null) {
            holder.expiry.cancel();
            holder.expiry = null;
        }
    }

    /** A stream of a proxy is over; {@code inOrder}: the proxy ended it, since it sends no more requests. */
    public void gone(String node, boolean inOrder) {
        List<Waiter> due;
        synchronized (this) {
            Holder holder = holders.get(node);
            if (holder == null || --holder.streams > 0) {
                return;
            }
            if (!inOrder) {
                holder.expiry = scheduler.schedule(memory, () -> forget(node, holder));
                return;
            }
            holders.remove(node);
            due = strike(node, Long.MAX_VALUE);
        }
        due.forEach(this::finish);
    }

    private void forget(String node, Holder holder) {
        List<Waiter> due;
        synchronized (this) {
            if (holder.streams > 0 || !holders.remove(node, holder)) {
                return;
            }
            due = strike(node, Long.MAX_VALUE);
        }
        due.forEach(this::finish);
    }

    /** A proxy sends to endpoints made from this version of the registry, or a later one, and to no others. */
    public void acknowledged(String node, long version) {
        List<Waiter> due;
        synchronized (this) {
            Holder holder = holders.get(node);
            if (holder == null || holder.version >= version) {
                return;
            }
            holder.version = version;
            due = strike(node, version);
        }
        due.forEach(this::finish);
    }

    private List<Waiter> strike(String node, long version) {
        List<Waiter> due = new ArrayList<>();
        for (Waiter waiter : waiters) {
            if (waiter.version <= version && waiter.pending.remove(node) && waiter.isDue(reunion)) {
                due.add(waiter);
            }
        }
        return due;
    }

    /**
     * From a start with instances that an earlier process knew, until the bound: nobody can say yet who holds endpoints, since proxies are on
     * their way back.
     */
    void awaitReunion(Duration bound) {
        synchronized (this) {
            reunion = true;
        }
        scheduler.schedule(bound, () -> {
            List<Waiter> due;
            synchronized (this) {
                reunion = false;
                due = waiters.stream().filter(waiter -> waiter.isDue(false)).toList();
            }
            due.forEach(this::finish);
        });
    }

    /**
     * Runs {@code whenDone} once: when no proxy sends to endpoints older than {@code version}, or after {@code bound}.
     *
     * @param what leaves, for the log
     * @param whenDone gets a sentence on who did not acknowledge within the bound; empty: all did
     * @return forgets it: nobody waits for it any more
     */
    Scheduler.Cancellable await(String what, long version, Duration bound, Consumer<String> whenDone) {
        Waiter waiter = new Waiter(what, version, bound, whenDone);
        boolean due;
        synchronized (this) {
            holders.forEach((node, holder) -> {
                if (holder.version < version) {
                    waiter.pending.add(node);
                }
            });
            waiters.add(waiter);
            due = waiter.isDue(reunion);
            if (!due) {
                waiter.timeout = scheduler.schedule(bound, () -> finish(waiter));
            }
        }
        if (due) {
            finish(waiter);
        }
        return () -> forget(waiter);
    }

    private synchronized void forget(Waiter waiter) {
        if (waiters.remove(waiter) && waiter.timeout != null) {
            waiter.timeout.cancel();
        }
    }

    private void finish(Waiter waiter) {
        String doubt;
        synchronized (this) {
            if (!waiters.remove(waiter)) {
                return;
            }
            if (waiter.timeout != null) {
                waiter.timeout.cancel();
            }
            doubt = waiter.doubt(reunion);
        }
        if (doubt.isEmpty()) {
            confirmed.increment();
            LOG.info("{} is withdrawn: every proxy has acknowledged it", waiter.what);
        } else {
            unconfirmed.increment();
            LOG.warn("{} is withdrawn, but {}", waiter.what, doubt);
        }
        waiter.whenDone.accept(doubt);
    }

    /** Instances that leave and are waited for. */
    public synchronized int pending() {
        return waiters.size();
    }

    /** Withdrawals that every proxy acknowledged, since the start. */
    public long confirmed() {
        return confirmed.sum();
    }

    /** Withdrawals that some proxy did not acknowledge within the bound. */
    public long unconfirmed() {
        return unconfirmed.sum();
    }

    /** A proxy, connected or not. */
    private static final class Holder {
        private int streams;
        private long version = -1;
        private Scheduler.@Nullable Cancellable expiry;
    }

    private static final class Waiter {
        private final String what;
        private final long version;
        private final Duration bound;
        private final Consumer<String> whenDone;
        private final TreeSet<String> pending = new TreeSet<>();
        private Scheduler.@Nullable Cancellable timeout;

        Waiter(String what, long version, Duration bound, Consumer<String> whenDone) {
            this.what = what;
            this.version = version;
            this.bound = bound;
            this.whenDone = whenDone;
        }

        boolean isDue(boolean reunion) {
            return pending.isEmpty() && !reunion;
        }

        String doubt(boolean reunion) {
            if (!pending.isEmpty()) {
                String more = pending.size() > MAX_NAMED ? " and " + (pending.size() - MAX_NAMED) + " more" : "";
                return pending.stream().limit(MAX_NAMED).collect(Collectors.joining(", "))
                        + more
                        + " did not acknowledge it within "
                        + bound.toSeconds()
                        + " s";
            }
            return reunion ? "the control plane started just now: proxies that are not back yet may hold it" : "";
        }
    }
}
