package io.weft.proxy.loadbalance;

import io.weft.proxy.host.Host;
import java.util.List;
import java.util.random.RandomGenerator;

/** Of a few hosts drawn by weight the one with the fewest requests in flight (Mitzenmacher, "The Power of Two Choices"). */
final class LeastRequest extends LoadBalancer {
    private final WeightedRandom draw;
    private final int choices;

    LeastRequest(List<Host> hosts, int choices) {
        super(hosts);
        this.draw = new WeightedRandom(hosts);
        this.choices = choices;
    }

    @Override
    Host choose(RandomGenerator random, long nowNanos) {
        Host best = hosts()[draw.index(random)];
        for (int i = 1; i < choices; i++) {
            Host other = hosts()[draw.index(random)];
            if (other.activeRequests() < best.activeRequests()) {
                best = other;
            }
        }
        return best;
    }
}
