package io.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.proxy.error.ResponseFlag;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Edge EDGE = new Edge(
            "source",
            "shop",
            "cart",
            "spiffe://mesh/ns/shop/sa/cart",
            "shop",
            "catalog",
            "catalog-1",
            "",
            "v1",
            "http",
            true);

    private static RequestRecord record(int status, long millis) {
        RequestRecord record = new RequestRecord();
        record.edge = EDGE;
        record.status = status;
        record.durationNanos = TimeUnit.MILLISECONDS.toNanos(millis);
        record.responseBytes = 500;
        return record;
    }

    @Test
    void loopsAreMergedAndLabelled() {
        Metrics metrics = new Metrics(2);
        metrics.onComplete(0, record(200, 3));
        metrics.onComplete(1, record(200, 30));
        RequestRecord failed = record(503, 1);
        failed.flag(ResponseFlag.UF);
        failed.flag(ResponseFlag.URX);
        metrics.onComplete(1, failed);
        String text = metrics.text();
        assertThat(text)
                .contains("weft_requests_total{reporter=\"source\",source_workload=\"cart\",source_namespace=\"shop\"")
                .contains("connection_security_policy=\"mutual_tls\",response_code=\"200\",response_flags=\"-\"} 2\n")
                .contains("response_code=\"503\",response_flags=\"UF,URX\"} 1\n")
                .contains("le=\"0.005\"} 2\n")
                .contains("le=\"0.05\"} 3\n")
                .contains("le=\"+Inf\"} 3\n")
                .contains("weft_response_bytes_sum{");
        assertThat(text.lines().filter(line -> line.startsWith("weft_request_duration_seconds_sum")))
                .singleElement()
                .asString()
                .endsWith("} 0.034");
    }

    /** Else the control plane leaves the window out: more failures than requests. */
    @Test
    void eachReadHasTheFailuresOfItsRequestsWhileTheLoopGoesOn() throws Exception {
        Metrics metrics = new Metrics(1);
        Thread loop = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 200_000; i++) {
                metrics.onComplete(0, record(503, 1));
            }
        });
        while (loop.isAlive()) {
            EdgeTotals totals = metrics.totals().getOrDefault(EDGE, new EdgeTotals());
            assertThat(totals.failures).isEqualTo(totals.requests());
        }
        loop.join();
        assertThat(metrics.totals().values())
                .singleElement()
                .extracting(totals -> totals.failures)
                .isEqualTo(200_000L);
    }

    @Test
    void tableIsBounded() {
        Metrics metrics = new Metrics(1);
        for (int i = 0; i < Metrics.MAX_EDGES + 5; i++) {
            RequestRecord record = new RequestRecord();
            record.edge = new Edge("source", "", "w" + i, "", "", "", "", "", "", "http", false);
            metrics.onComplete(0, record);
        }
        assertThat(metrics.dropped()).isEqualTo(5);
        assertThat(metrics.totals()).hasSize(Metrics.MAX_EDGES);
    }

    @Test
    void labelsAreEscaped() {
        Metrics metrics = new Metrics(1);
        RequestRecord record = new RequestRecord();
        record.edge = new Edge("a\"b\\c\n", "", "", "", "", "", "", "", "", "", false);
        metrics.onComplete(0, record);
        assertThat(metrics.text()).contains("reporter=\"a\\\"b\\\\c\\n\"");
    }

    @Test
    void clientThatWentAwayIsNoFailure() {
        RequestRecord gone = record(0, 1);
        gone.flag(ResponseFlag.DC);
        assertThat(EdgeCounters.isFailure(gone)).isFalse();
        RequestRecord broken = record(200, 1);
        broken.flag(ResponseFlag.UC);
        assertThat(EdgeCounters.isFailure(broken)).isTrue();
        RequestRecord grpc = record(200, 1);
        grpc.grpcStatus = 14;
        assertThat(EdgeCounters.isFailure(grpc)).isTrue();
        grpc.grpcStatus = 5;
        assertThat(EdgeCounters.isFailure(grpc)).isFalse();
    }

    @Test
    void bucketsHoldTheirValuesWithinSevenPercent() {
        for (long value = 0; value < 50_000_000; value += 1 + value / 37) {
            long highest = LatencyHistogram.highest(LatencyHistogram.bucket(value));
            assertThat(highest).isBetween(value, (long) (value * 1.07) + 1);
        }
        assertThat(LatencyHistogram.bucket(Long.MAX_VALUE)).isEqualTo(LatencyHistogram.BUCKETS - 1);
        assertThat(LatencyHistogram.bucket(-5)).isZero();
    }
}
