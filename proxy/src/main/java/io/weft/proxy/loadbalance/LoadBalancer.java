package io.weft.proxy.loadbalance;

import io.weft.proxy.host.Host;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Picks one of the hosts that it was built of. Immutable but for what it counts; safe on any thread; takes no lock. */
public abstract class LoadBalancer {
    private static final int ATTEMPTS = 3;

    private final Host[] hosts;

    LoadBalancer(List<Host> hosts) {
        this.hosts = hosts.toArray(Host[]::new);
    }

    final Host[] hosts() {
        return hosts;
    }

    /** Picks one of at least two hosts. */
    abstract Host choose(RandomGenerator random, long nowNanos);

    /** A host, or null where there is none to pick from. */
    public final @Nullable Host pick(RandomGenerator random, long nowNanos) {
        return switch (hosts.length) {
            case 0 -> null;
            case 1 -> hosts[0];
            default -> choose(random, nowNanos);
        };
    }

    /** A host that is not among {@code avoided}, where there is one; else any; null where there is none to pick from. */
    public final @Nullable Host pickOther(RandomGenerator random, long nowNanos, List<Host> avoided) {
        Host picked = pick(random, nowNanos);
        for (int i = 1; i < ATTEMPTS && picked != null && avoided.contains(picked); i++) {
            picked = pick(random, nowNanos);
        }
        if (picked == null || !avoided.contains(picked)) {
            return picked;
        }
        int start = random.nextInt(hosts.length);
        for (int i = 0; i < hosts.length; i++) {
            Host host = hosts[(start + i) % hosts.length];
            if (!avoided.contains(host)) {
                return host;
            }
        }
        return picked;
    }

    /** Whether {@link #pickOther} finds a host that is not among {@code avoided}. */
    public final boolean hasOther(List<Host> avoided) {
        for (Host host : hosts) {
            if (!avoided.contains(host)) {
                return true;
            }
        }
        return false;
    }

    /** How many hosts it picks from. */
    public final int size() {
        return hosts.length;
    }
}
