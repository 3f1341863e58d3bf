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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the listeners in step with the published configuration. Called from one thread; what it tells may be asked on any. */
public final class ListenerManager {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerManager.class);

    private final ListenerServices services;
    private final Map<String, ActiveListener> active = new ConcurrentHashMap<>();
    private final Map<String, String> failures = new ConcurrentHashMap<>();
    private final Set<ActiveListener> leaving = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    public ListenerManager(ListenerServices services) {
        this.services = services;
    }

    /** Opens, changes and ends listeners so that they are what {@code snapshot} says; what fails is told by {@link #failures}. */
    public void apply(ConfigSnapshot snapshot) {
        if (draining) {
            return;
        }
        Map<String, Listener> wanted = snapshot.listeners();
        for (String name : Set.copyOf(active.keySet())) {
            Listener next = wanted.get(name);
            ActiveListener present = active.get(name);
            if (present != null
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
                ActiveListener opened = open(wanted);
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

    /** Ends all listeners: accepts no more, lets requests that run end within {@code bound}, then cuts the rest. */
    public void drain(Duration bound) {
        draining = true;
        Set<ActiveListener> all = new HashSet<>(active.values());
        all.addAll(leaving);
        all.forEach(ActiveListener::stopAccepting);
        all.forEach(ActiveListener::drainConnections);
        long end = System.nanoTime() + bound.toNanos();
        for (ActiveListener listener : all) {
            try {
                listener.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        all.forEach(ActiveListener::close);
        active.clear();
    }
}
