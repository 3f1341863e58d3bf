package io.weft.proxy.loadbalance;

import io.weft.engine.config.LbPolicy;
import io.weft.proxy.host.Host;
import java.util.List;
import java.util.random.RandomGenerator;

/** Builds pickers. */
public final class LoadBalancers {
    private LoadBalancers() {}

    /** A picker among {@code hosts}; {@code random} only while building. */
    public static LoadBalancer build(LbPolicy policy, List<Host> hosts, RandomGenerator random) {
        return switch (policy) {
            case LbPolicy.RoundRobin() -> new RoundRobin(hosts, random);
            case LbPolicy.LeastRequest(int choices) -> new LeastRequest(hosts, choices);
            case LbPolicy.Random() -> new WeightedRandom(hosts);
            case LbPolicy.PeakEwma settings -> new PeakEwma(hosts, settings);
        };
    }
}
