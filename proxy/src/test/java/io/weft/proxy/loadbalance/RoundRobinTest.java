package io.weft.proxy.loadbalance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.LbPolicy;
import io.weft.proxy.host.Host;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundRobinTest extends LoadBalancerContract {
    @Override
    LbPolicy policy() {
        return new LbPolicy.RoundRobin();
    }

    @Test
    void heavyHostsTurnsAreSpread() {
        List<Host> hosts = hosts(4, 1, 1, 1, 1);
        LoadBalancer balancer = build(hosts);
        int row = 0;
        for (int i = 0; i < 16; i++) {
            row = balancer.pick(random, 0) == hosts.getFirst() ? row + 1 : 0;
            assertThat(row).as("turns of the heavy one in a row").isLessThan(3);
        }
    }
}
