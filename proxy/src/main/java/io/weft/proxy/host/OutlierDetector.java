package io.weft.proxy.host;

import io.weft.core.time.Ticker;
import io.weft.engine.config.Cluster.OutlierDetection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes hosts out that fail, for a while that grows with each time (Envoy's outlier detection). Outcomes are reported on event loops and cost an atomic
 * or two; ejections are rare and take a short lock. At most a share of the hosts is out at once, and never the last.
 *
 * <p>A host where nobody listens is out for seconds only: to ask again costs a request nothing but the way, since another endpoint takes it, and a process
 * that was started anew listens soon. Where it is the last one, those that are out are the better guess, and come back for it.
 */
public final class OutlierDetector {
    /** How a try at a host went. */
    public enum Outcome {
        SUCCESS,
        /** A status of 500 to 599 that no gateway gives: 500, 501, 505 and above. */
        SERVER_ERROR,
        /** 502, 503 or 504. */
        GATEWAY_ERROR,
        /** A reset, a connection that timed out or closed, a broken protocol. */
        LOCAL_FAILURE,
        /** Nobody listens there: ejects at once. */
        CONNECTION_REFUSED;

        /** The outcome that a status tells. */
        public static Outcome ofStatus(int status) {
            if (status < 500) {
                return SUCCESS;
            }
            return status >= 502 && status <= 504 ? GATEWAY_ERROR : SERVER_ERROR;
        }
    }

    /** How often those are looked for whose time is over. */
    private static final long TICK_MILLIS = 500;

    private static final long FIRST_REFUSAL_MILLIS = 1_000;
    private static final long LONGEST_REFUSAL_MILLIS = 5_000;

    private final OutlierDetection settings;
    private final Ticker ticker;
    private final Runnable onChange;
    private List<Host> hosts = List.of();
    private long ejections;
    private long intervalEndNanos;

    /**
     * @param onChange called after a host was ejected or came back, on the thread that found out
     */
    public OutlierDetector(OutlierDetection settings, Ticker ticker, Runnable onChange) {
        this.settings = settings;
        this.ticker = ticker;
        this.onChange = onChange;
        this.intervalEndNanos = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(settings.intervalMillis());
    }

    /** The hosts of which a share may be out. */
    public synchronized void setHosts(List<Host> newHosts) {
        hosts = List.copyOf(newHosts);
    }

    /** How many ejections there were. */
    public synchronized long ejections() {
        return ejections;
    }

    public OutlierDetection settings() {
        return settings;
    }

    public void report(Host host, Outcome outcome) {
        Failures failures = host.failures();
        boolean eject = switch (outcome) {
            case SUCCESS -> {
                clear(failures.consecutiveErrors);
                clear(failures.consecutiveGatewayErrors);
                clear(failures.consecutiveLocalFailures);
                yield false;
            }
            case SERVER_ERROR -> {
                clear(failures.consecutiveGatewayErrors);
                clear(failures.consecutiveLocalFailures);
                yield reaches(failures.consecutiveErrors, settings.consecutiveErrors());
            }
            case GATEWAY_ERROR -> {
                clear(failures.consecutiveLocalFailures);
                boolean errors = reaches(failures.consecutiveErrors, settings.consecutiveErrors());
                yield reaches(failures.consecutiveGatewayErrors, settings.consecutiveGatewayErrors()) || errors;
            }
            case LOCAL_FAILURE -> {
                boolean errors = reaches(failures.consecutiveErrors, settings.consecutiveErrors());
                boolean gateway = reaches(failures.consecutiveGatewayErrors, settings.consecutiveGatewayErrors());
                yield reaches(failures.consecutiveLocalFailures, settings.consecutiveLocalFailures())
                        || errors
                        || gateway;
            }
            case CONNECTION_REFUSED -> true;
        };
        if (eject && !host.isEjected() && eject(host, outcome == Outcome.CONNECTION_REFUSED)) {
            onChange.run();
        }
    }

    /** A success on a good host only reads: a write would bounce the line between cores. */
    private static void clear(AtomicInteger count) {
        if (count.get() != 0) {
            count.set(0);
        }
    }

    private static boolean reaches(AtomicInteger count, int bound) {
        return count.incrementAndGet() >= bound && bound > 0;
    }

    private synchronized boolean eject(Host host, boolean refused) {
        if (host.isEjected() || !hosts.contains(host)) {
            return false;
        }
        if (refused && available() <= 1) {
            readmitAll();
        }
        long out = hosts.stream().filter(Host::isEjected).count();
        boolean last = available() <= 1;
        boolean tooMany = (out + 1) * 100 > (long) settings.maxEjectedPercent() * hosts.size();
        // One may always go where there is another: half of two is one, a tenth of two is none.
        if (last || (tooMany && out > 0)) {
            return false;
        }
        Failures failures = host.failures();
        failures.ejections++;
        long millis = Math.min(settings.maxEjectionMillis(), settings.baseEjectionMillis() * failures.ejections);
        if (refused) {
            long bound = FIRST_REFUSAL_MILLIS << Math.min(10, failures.ejections - 1);
            millis = Math.min(millis, Math.min(bound, LONGEST_REFUSAL_MILLIS));
        }
        failures.ejectedUntilNanos = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(millis);
        host.setEjected(true);
        ejections++;
        return true;
    }

    private long available() {
        return hosts.stream().filter(Host::isAvailable).count();
    }

    /** How often {@link #tick} is to be called. */
    public long tickMillis() {
        return Math.min(TICK_MILLIS, settings.intervalMillis());
    }

    /** Lets those return whose time is over. */
    public void tick() {
        if (returned()) {
            onChange.run();
        }
    }

    /** Nobody is out any longer: this detector's rules are no longer wanted. */
    public synchronized void readmitAll() {
        for (Host host : hosts) {
            host.failures().reset();
            host.setEjected(false);
        }
    }

    private synchronized boolean returned() {
        boolean changed = false;
        long now = ticker.nanos();
        boolean intervalOver = now - intervalEndNanos >= 0;
        if (intervalOver) {
            intervalEndNanos = now + TimeUnit.MILLISECONDS.toNanos(settings.intervalMillis());
        }
        for (Host host : hosts) {
            Failures failures = host.failures();
            if (!host.isEjected()) {
                failures.ejections = Math.max(0, failures.ejections - (intervalOver ? 1 : 0));
            } else if (now - failures.ejectedUntilNanos >= 0) {
                failures.reset();
                host.setEjected(false);
                changed = true;
            }
        }
        return changed;
    }
}
