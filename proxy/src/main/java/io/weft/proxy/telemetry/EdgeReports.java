package io.weft.proxy.telemetry;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.weft.api.v1.EdgeReport;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What was counted on each edge, for windows that follow each other without a gap. Not thread-safe. */
public final class EdgeReports {
    private static final long HIGHEST_MICROS = 3_600_000_000L;
    private static final int DIGITS = 2;

    private final Metrics metrics;
    private final Histogram histogram = new Histogram(HIGHEST_MICROS, DIGITS);
    private Map<Edge, EdgeTotals> reported = new HashMap<>();
    private long reportedDropped;
    private Instant lastReport = Instant.now();

    /** The first window begins now, with all that was counted before. */
    public EdgeReports(Metrics metrics) {
        this.metrics = metrics;
    }

    /** What was counted since the last one. */
    public EdgeReport next() {
        Map<Edge, EdgeTotals> now = metrics.totals();
        long dropped = metrics.dropped();
        Instant end = Instant.now();
        EdgeReport.Builder report = EdgeReport.newBuilder()
                .setEnd(Timestamp.newBuilder().setSeconds(end.getEpochSecond()).setNanos(end.getNano()))
                .setWindow(duration(java.time.Duration.between(lastReport, end)))
                .setDropped(dropped - reportedDropped);
        now.forEach((edge, totals) -> {
            EdgeTotals before = reported.getOrDefault(edge, new EdgeTotals());
            if (totals.requests() > before.requests() || totals.connectionsOpened > before.connectionsOpened) {
                report.addEdges(message(edge, totals, before));
            }
        });
        reported = now;
        reportedDropped = dropped;
        lastReport = end;
        return report.build();
    }

    private static Duration duration(java.time.Duration time) {
        return Duration.newBuilder()
                .setSeconds(time.getSeconds())
                .setNanos(time.getNano())
                .build();
    }

    private io.weft.api.v1.Edge message(Edge edge, EdgeTotals now, EdgeTotals before) {
        io.weft.api.v1.Edge.Builder message = io.weft.api.v1.Edge.newBuilder()
                .setReporter(edge.reporter())
                .setSourceNamespace(edge.sourceNamespace())
                .setSourceWorkload(edge.sourceWorkload())
                .setSourcePrincipal(edge.sourcePrincipal())
                .setDestinationNamespace(edge.destinationNamespace())
                .setDestinationService(edge.destinationService())
                .setDestinationWorkload(edge.destinationWorkload())
                .setDestinationPrincipal(edge.destinationPrincipal())
                .setDestinationVersion(edge.destinationVersion())
                .setProtocol(edge.protocol())
                .setMutualTls(edge.mutualTls())
                .setRequests(now.requests() - before.requests())
                .setFailures(now.failures - before.failures)
                .setLatencyHistogram(latencies(now, before))
                .setRequestBytes(now.requestBytes - before.requestBytes + now.sentBytes - before.sentBytes)
                .setResponseBytes(now.responseBytes - before.responseBytes + now.receivedBytes - before.receivedBytes);
        Map<String, Long> flags = new HashMap<>();
        now.outcomes.forEach((outcome, count) -> {
            long added = count - before.outcomes.getOrDefault(outcome, 0L);
            if (added > 0 && !outcome.flags().equals("-")) {
                flags.merge(outcome.flags(), added, Long::sum);
            }
        });
        return message.putAllResponseFlags(flags).build();
    }

    private ByteString latencies(EdgeTotals now, EdgeTotals before) {
        histogram.reset();
        for (int i = 0; i < LatencyHistogram.BUCKETS; i++) {
            long count = now.durations[i] - before.durations[i];
            if (count > 0) {
                histogram.recordValueWithCount(Math.min(HIGHEST_MICROS, LatencyHistogram.highest(i)), count);
            }
        }
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return ByteString.copyFrom(buffer.array(), 0, length);
    }
}
