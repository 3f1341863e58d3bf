package io.weft.proxy.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster.OutlierDetection;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.host.OutlierDetector.Outcome;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {
    private long now;
    private int changes;
    private final List<Host> hosts = new ArrayList<>();

    private OutlierDetector detector(int count, int maxPercent) {
        OutlierDetection settings = new OutlierDetection(5, 3, 2, 10_000, 30_000, 60_000, maxPercent);
        OutlierDetector detector = new OutlierDetector(settings, () -> now, () -> changes++);
        for (int i = 0; i < count; i++) {
            Address address = new Address("10.0.0." + (i + 1), 80);
            hosts.add(new Host(
                    new InetSocketAddress(address.host(), 80),
                    new Endpoint(address, "", 1, Endpoint.Health.HEALTHY, Map.of(), WeftMetadata.NONE),
                    Locality.NONE));
        }
        detector.setHosts(hosts);
        return detector;
    }

    private static void report(OutlierDetector detector, Host host, Outcome... outcomes) {
        for (Outcome outcome : outcomes) {
            detector.report(host, outcome);
        }
    }

    @Test
    void refusedConnectionEjectsAtOnce() {
        OutlierDetector detector = detector(2, 50);
        detector.report(hosts.getFirst(), Outcome.CONNECTION_REFUSED);
        assertThat(hosts.getFirst().isAvailable()).isFalse();
        assertThat(changes).isEqualTo(1);
    }

    @Test
    void failuresInARowEject() {
        OutlierDetector detector = detector(2, 50);
        report(detector, hosts.getFirst(), Outcome.GATEWAY_ERROR, Outcome.GATEWAY_ERROR, Outcome.SUCCESS);
        report(detector, hosts.getFirst(), Outcome.GATEWAY_ERROR, Outcome.GATEWAY_ERROR);
        assertThat(hosts.getFirst().isEjected()).as("a success between them").isFalse();
        detector.report(hosts.getFirst(), Outcome.GATEWAY_ERROR);
        assertThat(hosts.getFirst().isEjected()).isTrue();
    }

    @Test
    void lastHostIsNeverEjected() {
        OutlierDetector detector = detector(2, 100);
        detector.report(hosts.get(0), Outcome.CONNECTION_REFUSED);
        report(detector, hosts.get(1), Outcome.LOCAL_FAILURE, Outcome.LOCAL_FAILURE);
        assertThat(hosts.get(1).isAvailable()).isTrue();
    }

    @Test
    void lastHostThatRefusesGivesWayToThoseThatWereOut() {
        OutlierDetector detector = detector(2, 50);
        detector.report(hosts.get(0), Outcome.CONNECTION_REFUSED);
        detector.report(hosts.get(1), Outcome.CONNECTION_REFUSED);
        assertThat(hosts.get(0).isAvailable()).isTrue();
        assertThat(hosts.get(1).isAvailable()).isFalse();
        assertThat(changes).isEqualTo(2);
    }

    @Test
    void hostThatRefusesIsAskedAgainSoon() {
        OutlierDetector detector = detector(2, 50);
        for (long seconds : List.of(1, 2, 4, 5, 5)) {
            detector.report(hosts.getFirst(), Outcome.CONNECTION_REFUSED);
            now += Duration.ofSeconds(seconds).toNanos() - 1;
            detector.tick();
            assertThat(hosts.getFirst().isEjected()).as(seconds + " s").isTrue();
            now += 1;
            detector.tick();
            assertThat(hosts.getFirst().isEjected()).as(seconds + " s").isFalse();
        }
    }

    @Test
    void ejectedHostGetsRequestsWhenTheOthersLeave() {
        OutlierDetector detector = detector(2, 50);
        detector.report(hosts.getFirst(), Outcome.CONNECTION_REFUSED);
        assertThat(endpoints(hosts).eligible()).containsExactly(hosts.getLast());

        assertThat(endpoints(hosts.subList(0, 1)).eligible()).containsExactly(hosts.getFirst());

        hosts.getLast().setActivelyHealthy(false);
        assertThat(endpoints(hosts).eligible()).containsExactly(hosts.getFirst());

        hosts.getFirst().setActivelyHealthy(false);
        assertThat(endpoints(hosts).eligible()).isEmpty();
    }

    private static EndpointSet endpoints(List<Host> hosts) {
        return new EndpointSet(List.of(new EndpointSet.Priority(0, hosts)));
    }

    @Test
    void atMostTheShareIsEjected() {
        OutlierDetector detector = detector(4, 50);
        hosts.forEach(host -> detector.report(host, Outcome.CONNECTION_REFUSED));
        assertThat(hosts.stream().filter(Host::isEjected)).hasSize(2);
    }

    @Test
    void ejectionGrowsAndEnds() {
        OutlierDetector detector = detector(2, 50);
        report(detector, hosts.getFirst(), Outcome.LOCAL_FAILURE, Outcome.LOCAL_FAILURE);
        now += Duration.ofSeconds(29).toNanos();
        detector.tick();
        assertThat(hosts.getFirst().isEjected()).isTrue();
        now += Duration.ofSeconds(1).toNanos();
        detector.tick();
        assertThat(hosts.getFirst().isEjected()).isFalse();
        report(detector, hosts.getFirst(), Outcome.LOCAL_FAILURE, Outcome.LOCAL_FAILURE);
        now += Duration.ofSeconds(59).toNanos();
        detector.tick();
        assertThat(hosts.getFirst().isEjected())
                .as("the second time is twice as long")
                .isTrue();
        now += Duration.ofSeconds(1).toNanos();
        detector.tick();
        assertThat(hosts.getFirst().isEjected()).isFalse();
    }
}
