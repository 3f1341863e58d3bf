package io.weft.proxy.loadbalance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.Address;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.host.Host;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every balancer keeps to. */
abstract class LoadBalancerContract {
    static final int PICKS = 10_000;
    final SplittableRandom random = new SplittableRandom(7);

    abstract LbPolicy policy();

    static List<Host> hosts(int... weights) {
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            Endpoint endpoint = new Endpoint(
                    new Address("10.0.0." + (i + 1), 80),
                    "",
                    weights[i],
                    Endpoint.Health.HEALTHY,
                    Map.of(),
                    WeftMetadata.NONE);
            hosts.add(new Host(new InetSocketAddress("10.0.0." + (i + 1), 80), endpoint, Locality.NONE));
        }
        return hosts;
    }

    LoadBalancer build(List<Host> hosts) {
        return LoadBalancers.build(policy(), hosts, random);
    }

    /** Picks with requests that never end, so that each balancer sees what it caused. */
    Map<Host, Integer> pickAndHold(LoadBalancer balancer, int picks) {
        Map<Host, Integer> counts = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            Host host = balancer.pick(random, 0);
            assertThat(host).isNotNull();
            if (host != null) {
                host.requestStarted(0);
                counts.merge(host, 1, Integer::sum);
            }
        }
        return counts;
    }

    @Test
    void picksNothingWhereThereIsNothing() {
        assertThat(build(List.of()).pick(random, 0)).isNull();
        assertThat(build(List.of()).pickOther(random, 0, hosts(1))).isNull();
    }

    @Test
    void picksTheOnlyOne() {
        List<Host> one = hosts(1);
        assertThat(build(one).pick(random, 0)).isSameAs(one.getFirst());
        assertThat(build(one).pickOther(random, 0, one)).isSameAs(one.getFirst());
    }

    @Test
    void equalHostsGetEqualShares() {
        Map<Host, Integer> counts = pickAndHold(build(hosts(1, 1, 1, 1)), PICKS);
        assertThat(counts.values())
                .hasSize(4)
                .allSatisfy(count -> assertThat(count).isBetween(PICKS * 22 / 100, PICKS * 28 / 100));
    }

    @Test
    void sharesFollowWeights() {
        List<Host> hosts = hosts(1, 3);
        Map<Host, Integer> counts = pickAndHold(build(hosts), PICKS);
        assertThat(counts.getOrDefault(hosts.get(1), 0)).isBetween(PICKS * 70 / 100, PICKS * 80 / 100);
    }

    @Test
    void avoidsThoseThatWereTried() {
        List<Host> hosts = hosts(1, 100, 1);
        LoadBalancer balancer = build(hosts);
        for (int i = 0; i < 200; i++) {
            assertThat(balancer.pickOther(random, 0, List.of(hosts.get(0), hosts.get(1))))
                    .isSameAs(hosts.get(2));
        }
    }
}
