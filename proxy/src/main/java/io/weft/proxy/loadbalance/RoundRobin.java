package io.weft.proxy.loadbalance;

import io.weft.proxy.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * In turn, by weight. The turns are laid out once with nginx's smooth weighted round robin, so that picking is one atomic increment and a heavy host's
 * turns are spread among the others' instead of coming in a row.
 */
final class RoundRobin extends LoadBalancer {
    /** Bounds the layout; weights are scaled down to it. */
    private static final int MAX_TURNS = 4096;

    private final Host[] turns;
    private final AtomicInteger next;

    RoundRobin(List<Host> hosts, RandomGenerator random) {
        super(hosts);
        turns = layOut(hosts);
        // Proxies that start together must not all begin with the same host.
        next = new AtomicInteger(turns.length == 0 ? 0 : random.nextInt(turns.length));
    }

    private static Host[] layOut(List<Host> hosts) {
        int[] weights = scaled(hosts);
        int total = 0;
        for (int weight : weights) {
            total += weight;
        }
        int[] current = new int[weights.length];
        List<Host> turns = new ArrayList<>(total);
        for (int turn = 0; turn < total; turn++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                current[i] += weights[i];
                if (current[i] > current[best]) {
                    best = i;
                }
            }
            current[best] -= total;
            turns.add(hosts.get(best));
        }
        return turns.toArray(Host[]::new);
    }

    private static int[] scaled(List<Host> hosts) {
        int divisor = 0;
        long total = 0;
        for (Host host : hosts) {
            divisor = greatestCommonDivisor(divisor, host.endpoint().weight());
            total += host.endpoint().weight();
        }
        int bound = Math.max(MAX_TURNS, hosts.size());
        int[] weights = new int[hosts.size()];
        for (int i = 0; i < weights.length; i++) {
            long weight = hosts.get(i).endpoint().weight();
            weights[i] = (int)
                    (total / Math.max(1, divisor) <= bound
                            ? weight / Math.max(1, divisor)
                            : Math.max(1, weight * bound / total));
        }
        return weights;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    @Override
    Host choose(RandomGenerator random, long nowNanos) {
        return turns[Integer.remainderUnsigned(next.getAndIncrement(), turns.length)];
    }
}
