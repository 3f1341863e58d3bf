package io.weft.proxy.loadbalance;

import io.weft.engine.config.LbPolicy;
import io.weft.proxy.host.Host;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Of two different random hosts the one with the lower product of latency estimate and requests in flight, divided by its weight: under load each has
 * requests in flight in proportion to its weight and inverse to its latency.
 */
final class PeakEwma extends LoadBalancer {
    private final long decayNanos;
    private final long initialNanos;

    PeakEwma(List<Host> hosts, LbPolicy.PeakEwma settings) {
        super(hosts);
        this.decayNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(1, settings.decayMillis()));
        this.initialNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, settings.initialMillis()));
    }

    @Override
    Host choose(RandomGenerator random, long nowNanos) {
        int first = random.nextInt(hosts().length);
        int second = random.nextInt(hosts().length - 1);
        second += second >= first ? 1 : 0;
        Host a = hosts()[first];
        Host b = hosts()[second];
        return cost(a, nowNanos) <= cost(b, nowNanos) ? a : b;
    }

    private double cost(Host host, long nowNanos) {
        return host.expectedNanos(nowNanos, decayNanos, initialNanos)
                * (host.activeRequests() + 1)
                / host.endpoint().weight();
    }
}
