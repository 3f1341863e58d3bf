package io.weft.proxy.listener;

import io.weft.engine.config.Listener;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.tls.TlsConfigurationException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the listeners in step with the published configuration. Called from one thread; what it tells may be asked on any. */
public final class ListenerManager {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerManager.class);

    /** In which clients may take the answers of requests that were cut. */
    private static final Duration CUT_BOUND = Duration.ofSeconds(1);

    private static final long POLL_MILLIS = 50;

    private final ListenerServices services;
    private final Map<String, ActiveListener> active = new ConcurrentHashMap<>();
    /** Opened, and not published yet. */
    private final Map<String, ActiveListener> prepared = new HashMap<>();

    private final Map<String, String> failures = new ConcurrentHashMap<>();
    private final Set<ActiveListener> leaving = ConcurrentHashMap.newKeySet();
    private final Set<Listener.Direction> drained = ConcurrentHashMap.newKeySet();
    private final LongAdder cut = new LongAdder();
    private volatile boolean closed;

    public ListenerManager(ListenerServices services) {
        this.services = services;
    }

    /**
     * Opens the listeners of {@code wanted} that are new, and tries the certificates of those that change, before any of it is published. What was
     * opened is taken by {@link #apply}; static listeners are left out, since they are there already.
     *
     * @return why listeners cannot be had, by name; where there is any, nothing was opened
     */
    public Map<String, String> prepare(Map<String, Listener> wanted) {
        if (closed) {
            return Map.of();
        }
        Map<String, String> reasons = new HashMap<>();
        // A former try's, which was not published.
        prepared.values().forEach(ActiveListener::close);
        prepared.clear();
        wanted.forEach((name, listener) -> {
            ActiveListener present = active.get(name);
            try {
                if (drained.contains(listener.direction())) {
                    return;
                }
                if (present != null && present.config().address().equals(listener.address())) {
                    if (!present.config().equals(listener)) {
                        present.tryUpdate(listener);
                    }
                } else if (active.values().stream()
                        .noneMatch(other -> other.config().address().equals(listener.address()))) {
                    prepared.put(name, open(listener));
                }
            } catch (ListenerFailedException | TlsConfigurationException | IllegalArgumentException e) {
                reasons.put(name, String.valueOf(e.getMessage()));
            }
        });
        if (!reasons.isEmpty()) {
            prepared.values().forEach(ActiveListener::close);
            prepared.clear();
        }
        return reasons;
    }

    /** Opens, changes and ends listeners so that they are what {@code snapshot} says; what fails is told by {@link #failures}. */
    public void apply(ConfigSnapshot snapshot) {
        if (closed) {
            return;
        }
        Map<String, Listener> wanted = new HashMap<>(snapshot.listeners());
        wanted.values().removeIf(listener -> drained.contains(listener.direction()));
        for (String name : Set.copyOf(active.keySet())) {
            Listener next = wanted.get(name);
            ActiveListener present = active.get(name);
            if (present != null
                    && !drained.contains(present.config().direction())
                    && (next == null || !next.address().equals(present.config().address()))) {
                active.remove(name);
                leave(present);
            }
        }
        failures.keySet().retainAll(wanted.keySet());
        wanted.forEach(this::apply);
    }

    private void apply(String name, Listener wanted) {
        ActiveListener present = active.get(name);
        try {
            if (present == null) {
                ActiveListener ready = prepared.remove(name);
                ActiveListener opened = ready != null && ready.config().equals(wanted) ? ready : open(wanted);
                active.put(name, opened);
                LOG.info("listener {} on {}", name, opened.boundAddress());
            } else if (!present.config().equals(wanted)) {
                present.update(wanted);
                LOG.info("listener {} changed", name);
            }
            failures.remove(name);
        } catch (ListenerFailedException | TlsConfigurationException | IllegalArgumentException e) {
            // The others go on: one listener's file that cannot be opened must not keep them from theirs.
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(failures.put(name, reason))) {
                LOG.error("{}", reason);
            }
        }
    }

    private ActiveListener open(Listener wanted) throws ListenerFailedException {
        ActiveListener opened = new ActiveListener(wanted, services);
        try {
            opened.open();
            return opened;
        } catch (ListenerFailedException e) {
            opened.close();
            throw e;
        }
    }

    private void leave(ActiveListener listener) {
        listener.stopAccepting();
        listener.drainConnections();
        leaving.removeIf(other -> other.openConnections() == 0);
        leaving.add(listener);
    }

    /** Why listeners that were asked for do not listen, by name. */
    public Map<String, String> failures() {
        return Map.copyOf(failures);
    }

    /** Where listeners listen, by name. */
    public Map<String, InetSocketAddress> addresses() {
        Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
        active.forEach((name, listener) -> {
            InetSocketAddress address = listener.boundAddress();
            if (address != null) {
                addresses.put(name, address);
            }
        });
        return addresses;
    }

    /** The address of one listener, or null. */
    public @Nullable InetSocketAddress address(String name) {
        ActiveListener listener = active.get(name);
        return listener == null ? null : listener.boundAddress();
    }

    /** Connections by listener. */
    public Map<String, Integer> openConnections() {
        Map<String, Integer> open = new HashMap<>();
        active.forEach((name, listener) -> open.put(name, listener.openConnections()));
        return open;
    }

    /** Requests and carried connections that did not end by themselves within the bound of a drain. */
    public long cut() {
        return cut.sum();
    }

    /**
     * Ends the listeners of some directions: their connections end after the requests that they carry, and what is left at the bound is cut.
     * Returns when none is left.
     *
     * @param hurried asked now and then: true ends it at once
     */
    public void drain(Set<Listener.Direction> directions, DrainPlan plan, BooleanSupplier hurried) {
        drained.addAll(directions);
        Set<ActiveListener> ending = new HashSet<>();
        for (ActiveListener listener : active.values()) {
            if (directions.contains(listener.config().direction())) {
                ending.add(listener);
            }
        }
        for (ActiveListener listener : leaving) {
            if (directions.contains(listener.config().direction())) {
                ending.add(listener);
            }
        }
        ending.forEach(listener -> listener.drain(plan));
        long began = System.nanoTime();
        try {
            awaitEnd(ending, began + plan.accept().toNanos(), hurried);
            ending.forEach(ActiveListener::stopAccepting);
            awaitEnd(ending, began + plan.bound().toNanos(), hurried);
            if (openConnections(ending) > 0) {
                String reason = "the proxy stops, and waited for the request's end for "
                        + plan.bound().toSeconds() + " s";
                ending.forEach(listener -> listener.cut(reason, cut));
                awaitEnd(ending, System.nanoTime() + CUT_BOUND.toNanos(), hurried);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ending.forEach(ActiveListener::close);
        active.values().removeAll(ending);
        leaving.removeAll(ending);
    }

    private static void awaitEnd(Set<ActiveListener> listeners, long end, BooleanSupplier hurried)
            throws InterruptedException {
        for (ActiveListener listener : listeners) {
            while (listener.openConnections() > 0 && !hurried.getAsBoolean() && System.nanoTime() < end) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                listener.awaitEnd(Math.clamp(leftMillis, 1, POLL_MILLIS));
            }
        }
    }

    /** Connections of the listeners that end. */
    private static int openConnections(Set<ActiveListener> listeners) {
        return listeners.stream().mapToInt(ActiveListener::openConnections).sum();
    }

    /** Cuts everything. */
    public void close() {
        closed = true;
        Set<ActiveListener> all = new HashSet<>(active.values());
        all.addAll(leaving);
        all.forEach(ActiveListener::close);
        active.clear();
    }
}
