package io.weft.proxy.loadbalance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.LbPolicy;
import io.weft.proxy.host.Host;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeastRequestTest extends LoadBalancerContract {
    @Override
    LbPolicy policy() {
        return new LbPolicy.LeastRequest(2);
    }

    @Override
    @Test
    void sharesFollowWeights() {
        // Requests that never end pull the shares together again: only the draw follows weights.
        List<Host> hosts = hosts(1, 3);
        LoadBalancer balancer = build(hosts);
        int heavy = 0;
        for (int i = 0; i < PICKS; i++) {
            heavy += balancer.pick(random, 0) == hosts.get(1) ? 1 : 0;
        }
        assertThat(heavy).isGreaterThan(PICKS * 70 / 100);
    }

    @Test
    void avoidsTheBusyOne() {
        List<Host> hosts = hosts(1, 1);
        for (int i = 0; i < 50; i++) {
            hosts.getFirst().requestStarted(0);
        }
        Map<Host, Integer> counts = pickAndHold(build(hosts), 40);
        assertThat(counts.getOrDefault(hosts.get(1), 0)).isGreaterThan(25);
    }
}
