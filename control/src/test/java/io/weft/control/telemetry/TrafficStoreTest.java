package io.weft.control.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.weft.control.telemetry.EdgeKey.Reporter;
import io.weft.control.telemetry.ServiceGraph.Edge;
import io.weft.control.telemetry.ServiceGraph.End;
import io.weft.control.telemetry.ServiceGraph.VersionShare;
import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class TrafficStoreTest {
    private long nanos = Duration.ofSeconds(1000).toNanos();
    private final TrafficStore store = new TrafficStore(() -> nanos, 3);

    @Test
    void windowHoldsTheLastFullSecondsAndTheTotalEverything() {
        report(key("v1"), 10, 0, 1000);
        second();
        report(key("v1"), 20, 5, 3000);
        second();
        report(key("v1"), 40, 0, 1000);

        Edge edge = only(ServiceGraph.of(store, 2));
        assertThat(edge.source()).isEqualTo(new End("shop", "web"));
        assertThat(edge.destination()).isEqualTo(new End("shop", "cart"));
        assertThat(edge.window().requests())
                .as("the running second is not over")
                .isEqualTo(30);
        assertThat(edge.window().requestsPerSecond()).isEqualTo(15);
        assertThat(edge.window().successRate()).isEqualTo(25 / 30.0);
        assertThat(edge.total().requests()).isEqualTo(70);
        assertThat(edge.total().responseFlags()).containsEntry("UF", 5L);

        nanos += Duration.ofSeconds(10).toNanos();
        Edge idle = only(ServiceGraph.of(store, 2));
        assertThat(idle.window().requests()).isZero();
        assertThat(idle.window().successRate()).isEqualTo(1);
        assertThat(idle.total().requests()).isEqualTo(70);
    }

    @Test
    void slotOfAMinuteAgoIsNotCountedAgain() {
        report(key("v1"), 10, 0, 1000);
        nanos += Duration.ofSeconds(TrafficStore.MAX_WINDOW_SECONDS + 1).toNanos();
        report(key("v1"), 1, 0, 1000);
        second();

        assertThat(only(ServiceGraph.of(store, TrafficStore.MAX_WINDOW_SECONDS))
                        .window()
                        .requests())
                .isEqualTo(1);
    }

    @Test
    void percentilesComeFromAllReporters() {
        report(key("v1"), 98, 0, 2_000);
        report(key("v1"), 2, 0, 500_000);
        second();

        Edge edge = only(ServiceGraph.of(store, 1));
        assertThat(edge.window().p50Millis()).isCloseTo(2, within(0.05));
        assertThat(edge.window().p99Millis()).isCloseTo(500, within(5.0));
    }

    @Test
    void versionsShareTheRequestsOfOneEdge() {
        report(key("v1"), 90, 0, 1000);
        report(key("v2"), 10, 0, 1000);
        second();

        assertThat(only(ServiceGraph.of(store, 1)).window().versions())
                .containsExactly(new VersionShare("v1", 90, 0.9), new VersionShare("v2", 10, 0.1));
    }

    @Test
    void edgeIsMutualTlsOnlyWhereEveryRequestWas() {
        report(key("v1"), 90, 0, 1000);
        second();
        assertThat(only(ServiceGraph.of(store, 1)).window().mtls()).isTrue();

        report(new EdgeKey(Reporter.SOURCE, "shop", "web", "shop", "cart", "v1", "http", true, false), 1, 0, 1000);
        second();
        assertThat(only(ServiceGraph.of(store, 5)).window().mtls()).isFalse();
    }

    @Test
    void requestThatFoundNoEndpointWasNotSentInPlainText() {
        report(key("v1"), 90, 0, 1000);
        report(new EdgeKey(Reporter.SOURCE, "shop", "web", "shop", "cart", "", "http", false, false), 4, 4, 1000);
        second();
        assertThat(only(ServiceGraph.of(store, 1)).window().mtls()).isTrue();
        assertThat(only(ServiceGraph.of(store, 1)).window().failures()).isEqualTo(4);

        report(new EdgeKey(Reporter.SOURCE, "shop", "web", "shop", "cart", "", "http", false, false), 2, 1, 1000);
        second();
        assertThat(only(ServiceGraph.of(store, 5)).window().mtls())
                .as("one was answered, by somebody that is not known")
                .isFalse();
    }

    @Test
    void requestWithoutAConnectionWasNotSentInPlainText() {
        EdgeKey refused = new EdgeKey(Reporter.SOURCE, "shop", "web", "shop", "cart", "v1", "http", true, false);
        report(key("v1"), 90, 0, 1000);
        store.record(refused, new EdgeSample(5, 5, 0, 0, Map.of("UF", 2L, "UF,URX", 3L), LatencyHistogram.empty()));
        second();
        assertThat(only(ServiceGraph.of(store, 1)).window().mtls()).isTrue();

        store.record(refused, new EdgeSample(2, 2, 0, 0, Map.of("UF", 1L, "UC", 1L), LatencyHistogram.empty()));
        second();
        assertThat(only(ServiceGraph.of(store, 5)).window().mtls())
                .as("one was lost with a connection")
                .isFalse();
    }

    @Test
    void edgeIsCountedAtItsSource() {
        report(key("v1"), 10, 0, 1000);
        report(new EdgeKey(Reporter.DESTINATION, "shop", "web", "shop", "cart", "v1", "http", true, true), 10, 0, 1000);
        report(new EdgeKey(Reporter.DESTINATION, "", "", "shop", "cart", "v1", "http", true, false), 3, 0, 1000);
        second();

        ServiceGraph graph = ServiceGraph.of(store, 1);
        assertThat(graph.edges())
                .extracting(edge -> edge.source().name() + ":" + edge.window().requests())
                .containsExactly(":3", "web:10");
    }

    @Test
    void edgesBeyondTheBoundAreCountedAsDropped() {
        for (int i = 0; i < 5; i++) {
            report(key("v" + i), 1, 0, 1000);
        }
        report(key("v0"), 1, 0, 1000);
        second();

        assertThat(store.dropped()).isEqualTo(2);
        assertThat(only(ServiceGraph.of(store, 1)).window().requests()).isEqualTo(4);
    }

    @Test
    void windowOutOfRangeIsRefused() {
        assertThatThrownBy(() -> ServiceGraph.of(store, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServiceGraph.of(store, 61)).isInstanceOf(IllegalArgumentException.class);
    }

    private static EdgeKey key(String version) {
        return new EdgeKey(Reporter.SOURCE, "shop", "web", "shop", "cart", version, "http", true, true);
    }

    private void report(EdgeKey key, long requests, long failures, long micros) {
        Histogram latency = LatencyHistogram.empty();
        latency.recordValueWithCount(micros, requests);
        store.record(
                key,
                new EdgeSample(requests, failures, 0, 0, failures == 0 ? Map.of() : Map.of("UF", failures), latency));
    }

    private void second() {
        nanos += Duration.ofSeconds(1).toNanos();
    }

    private static Edge only(ServiceGraph graph) {
        assertThat(graph.edges()).hasSize(1);
        return graph.edges().getFirst();
    }
}
