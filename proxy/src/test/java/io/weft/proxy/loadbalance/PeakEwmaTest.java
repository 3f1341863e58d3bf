package io.weft.proxy.loadbalance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.LbPolicy;
import io.weft.proxy.host.Host;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeakEwmaTest extends LoadBalancerContract {
    private static final long MILLI = 1_000_000;
    private static final long DECAY = 10_000 * MILLI;

    @Override
    LbPolicy policy() {
        return LbPolicy.PeakEwma.DEFAULT;
    }

    @Test
    void oneSlowAnswerMovesRequestsAwayAtOnce() {
        List<Host> hosts = hosts(1, 1);
        hosts.get(0).latency().observe(5 * MILLI, 0, DECAY);
        hosts.get(1).latency().observe(5 * MILLI, 0, DECAY);
        hosts.get(0).latency().observe(500 * MILLI, 0, DECAY);
        LoadBalancer balancer = build(hosts);
        for (int i = 0; i < 50; i++) {
            assertThat(balancer.pick(random, 0)).isSameAs(hosts.get(1));
        }
    }

    @Test
    void hostThatWasAHundredTimesSlowerIsTriedAgainWithinTheTimeConstant() {
        List<Host> hosts = hosts(1, 1);
        hosts.get(0).latency().observe(500 * MILLI, 0, DECAY);
        long later = DECAY;
        hosts.get(1).latency().observe(5 * MILLI, later, DECAY);
        assertThat(build(hosts).pick(random, later)).isSameAs(hosts.get(0));
    }

    private static void warm(Host host, long latencyNanos, long nowNanos) {
        for (int i = 0; i < 30; i++) {
            host.latency().observe(latencyNanos, nowNanos, DECAY);
        }
    }

    @Test
    void freshHostIsTriedWithinSeconds() {
        List<Host> hosts = hosts(1, 1);
        LoadBalancer balancer = build(hosts);
        warm(hosts.get(1), MILLI, 0);
        assertThat(balancer.pick(random, 0)).isSameAs(hosts.get(1));
        warm(hosts.get(1), MILLI, 1_000 * MILLI);
        assertThat(balancer.pick(random, 1_000 * MILLI)).isSameAs(hosts.get(0));
    }

    @Test
    void hostThatIsOnlyColdIsTriedAgainWithinSeconds() {
        List<Host> hosts = hosts(1, 1);
        hosts.get(0).latency().observe(500 * MILLI, 0, DECAY);
        warm(hosts.get(1), 5 * MILLI, 1_000 * MILLI);
        assertThat(build(hosts).pick(random, 1_000 * MILLI)).isSameAs(hosts.get(0));
    }

    @Test
    void hostThatWasStartedAnewIsCold() {
        List<Host> hosts = hosts(1, 1);
        warm(hosts.get(0), MILLI, 0);
        hosts.get(0).latency().forget();
        hosts.get(0).latency().observe(500 * MILLI, 0, DECAY);
        warm(hosts.get(1), 5 * MILLI, 1_000 * MILLI);
        assertThat(build(hosts).pick(random, 1_000 * MILLI)).isSameAs(hosts.get(0));
    }

    @Test
    void hostThatAnswersNobodyGetsNoMore() {
        List<Host> hosts = hosts(1, 1);
        hosts.forEach(host -> warm(host, MILLI, 0));
        hosts.get(0).requestStarted(0);
        for (int i = 0; i < 5; i++) {
            hosts.get(1).requestStarted(0);
        }
        long later = 300 * MILLI;
        hosts.get(1).latency().observe(MILLI, later, DECAY);
        for (int i = 0; i < 50; i++) {
            assertThat(build(hosts).pick(random, later)).isSameAs(hosts.get(1));
        }
    }
}
