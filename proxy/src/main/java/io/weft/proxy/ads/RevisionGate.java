package io.weft.proxy.ads;

import io.weft.api.v1.Revision;
import io.weft.core.time.Ticker;
import io.weft.core.violation.Violation;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.route.RouteTable;
import io.weft.proxy.ads.ResourceTable.Held;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One Revision that waits for its resources. It is published whole, once each listed version is held and each listed listener and cluster
 * is warm; it is refused where a listed version was refused, or did not come within the bound. Endpoints are live, so for them any version
 * will do; routes and endpoints that nothing refers to are not waited for, since they were not subscribed to.
 */
final class RevisionGate {
    private final Revision revision;
    private final Holdings holdings;
    private final Warming warming;
    private final Ticker ticker;
    private final Duration bound;
    private final long since;

    RevisionGate(Revision revision, Holdings holdings, Warming warming, Ticker ticker, Duration bound) {
        this.revision = revision;
        this.holdings = holdings;
        this.warming = warming;
        this.ticker = ticker;
        this.bound = bound;
        this.since = ticker.nanos();
    }

    long number() {
        return revision.getNumber();
    }

    /** How long until a listed version that does not come is given up. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, bound.toNanos() - (ticker.nanos() - since)));
    }

    /** {@link Verdict.Ack} where it is complete and may be published. */
    Verdict look(Active active) {
        List<String> refused = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        Map<ResourceKind, Set<String>> wanted = new EnumMap<>(ResourceKind.class);
        wanted.put(ResourceKind.ENDPOINTS, holdings.wanted(ResourceKind.ENDPOINTS, active));
        wanted.put(ResourceKind.ROUTES, holdings.wanted(ResourceKind.ROUTES, active));
        for (Revision.Entry entry : revision.getEntriesList()) {
            ResourceKind.of(entry.getTypeUrl()).ifPresent(kind -> {
                boolean expected =
                        kind.wildcard() || wanted.getOrDefault(kind, Set.of()).contains(entry.getName());
                if (expected && !isHeld(kind, entry)) {
                    String reason = refusal(kind, entry);
                    if (reason != null) {
                        refused.add(reason);
                    } else {
                        missing.add(kind.noun() + " " + entry.getName() + " at version " + entry.getVersion());
                    }
                }
            });
        }
        if (!refused.isEmpty()) {
            return new Verdict.Nack("revision " + number() + " is not published, since it holds what was refused: "
                    + String.join("; ", refused));
        }
        if (!missing.isEmpty()) {
            return left().isZero()
                    ? new Verdict.Nack(
                            "revision " + number() + " is not published, since it lists what did not come within "
                                    + bound.toSeconds() + " s: " + String.join("; ", missing))
                    : new Verdict.Later();
        }
        return isWarm() ? new Verdict.Ack() : new Verdict.Later();
    }

    private boolean isHeld(ResourceKind kind, Revision.Entry entry) {
        Held<?> held = holdings.table(kind).get(entry.getName());
        return held != null && (kind == ResourceKind.ENDPOINTS || held.version().equals(entry.getVersion()));
    }

    private @Nullable String refusal(ResourceKind kind, Revision.Entry entry) {
        ResourceTable.Refusal refusal = holdings.table(kind).refusal(entry.getName());
        if (refusal == null || !refusal.version().equals(entry.getVersion())) {
            return null;
        }
        List<String> errors = refusal.errors().stream().map(Violation::toString).toList();
        return kind.noun() + " " + entry.getName() + ": " + String.join(", ", errors);
    }

    private boolean isWarm() {
        boolean warm = true;
        for (Revision.Entry entry : revision.getEntriesList()) {
            Held<Cluster> cluster = isOf(entry, ResourceKind.CLUSTER) ? holdings.clusters.get(entry.getName()) : null;
            Held<Listener> listener =
                    isOf(entry, ResourceKind.LISTENER) ? holdings.listeners.get(entry.getName()) : null;
            if (cluster != null) {
                warm &= warming.isWarm(cluster.value());
            }
            if (listener != null) {
                warm &= warming.isWarm(listener.value(), name -> holdings.routes.get(name) != null);
            }
        }
        return warm;
    }

    /** The listeners that it lists. */
    Map<String, Listener> listeners() {
        Map<String, Listener> listed = new HashMap<>();
        for (Revision.Entry entry : revision.getEntriesList()) {
            Held<Listener> listener =
                    isOf(entry, ResourceKind.LISTENER) ? holdings.listeners.get(entry.getName()) : null;
            if (listener != null) {
                listed.put(entry.getName(), listener.value());
            }
        }
        return listed;
    }

    /** What is answered where listeners cannot be had. */
    String notPublished(Map<String, String> failures) {
        return "revision " + number() + " is not published: " + String.join("; ", new TreeMap<>(failures).values());
    }

    /** Makes exactly what the Revision lists active; routes that its listeners refer to come along where they are not listed. */
    void publish(Active active) {
        active.clusters.clear();
        active.listeners.clear();
        active.routes.clear();
        for (Revision.Entry entry : revision.getEntriesList()) {
            Held<Cluster> cluster = isOf(entry, ResourceKind.CLUSTER) ? holdings.clusters.get(entry.getName()) : null;
            Held<Listener> listener =
                    isOf(entry, ResourceKind.LISTENER) ? holdings.listeners.get(entry.getName()) : null;
            if (cluster != null) {
                active.clusters.put(entry.getName(), cluster);
            }
            if (listener != null) {
                active.listeners.put(entry.getName(), listener);
            }
        }
        Set<String> routes = new HashSet<>(active.referredRoutes());
        for (String name : routes) {
            Held<RouteTable> table = holdings.routes.get(name);
            if (table != null) {
                active.routes.put(name, table);
            }
        }
    }

    private static boolean isOf(Revision.Entry entry, ResourceKind kind) {
        return entry.getTypeUrl().equals(kind.typeUrl());
    }
}
