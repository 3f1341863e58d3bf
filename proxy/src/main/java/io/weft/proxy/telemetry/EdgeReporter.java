package io.weft.proxy.telemetry;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.weft.api.v1.Answer;
import io.weft.api.v1.EdgeReport;
import io.weft.api.v1.Question;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.api.v1.TelemetryGrpc;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the control plane each second what passed on each edge since the last report that it took. While there is no stream nothing is lost: the next
 * report covers a longer window. Answers the control plane's questions on the same stream.
 */
public final class EdgeReporter implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeReporter.class);
    private static final java.time.Duration INTERVAL = java.time.Duration.ofSeconds(1);
    private static final long HIGHEST_MICROS = 3_600_000_000L;
    private static final int DIGITS = 2;

    /** Answers what the control plane asks, as JSON. */
    public interface Answers {
        /**
         * @throws IllegalArgumentException with what is wrong, for the asker
         */
        String byRequestId(String requestId);

        /**
         * @param path such as {@code /clusters}
         * @throws IllegalArgumentException with what is wrong, for the asker
         */
        String byAdminPath(String path);
    }

    private final Channel channel;
    private final String nodeId;
    private final Metrics metrics;
    private final Answers answers;
    private final Scheduler scheduler;
    private final Histogram histogram = new Histogram(HIGHEST_MICROS, DIGITS);

    // Guarded by this.
    private Map<Edge, EdgeTotals> reported = new HashMap<>();
    private long reportedDropped;
    private Instant lastReport = Instant.EPOCH;
    private @Nullable Stream stream;
    private Scheduler.@Nullable Cancellable next;
    private boolean stopped;

    /**
     * @param channel to the control plane, mutual TLS
     * @param nodeId the xDS node's
     */
    public EdgeReporter(Channel channel, String nodeId, Metrics metrics, Answers answers, Scheduler scheduler) {
        this.channel = channel;
        this.nodeId = nodeId;
        this.metrics = metrics;
        this.answers = answers;
        this.scheduler = scheduler;
    }

    @Override
    public String name() {
        return "edge reporter";
    }

    @Override
    public synchronized void start() {
        lastReport = Instant.now();
        schedule();
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        if (next != null) {
            next.cancel();
        }
        if (stream != null) {
            report(stream);
            stream.complete();
            stream = null;
        }
    }

    private void schedule() {
        next = scheduler.schedule(INTERVAL, this::tick);
    }

    private synchronized void tick() {
        if (stopped) {
            return;
        }
        schedule();
        Stream open = stream;
        if (open == null) {
            // A new stream a second at most: that is the whole back-off that one small stream needs.
            open = new Stream();
            stream = open;
            TelemetryGrpc.newStub(channel).report(open);
            return;
        }
        report(open);
    }

    private void report(Stream open) {
        if (!open.isReady()) {
            return;
        }
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
        open.send(ReportRequest.newBuilder().setEdges(report).build());
        reported = now;
        reportedDropped = dropped;
        lastReport = end;
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

    private synchronized void onEnded(Stream ended, @Nullable Throwable cause) {
        if (stream == ended) {
            stream = null;
            if (cause != null && !stopped) {
                LOG.debug("the telemetry stream ended: {}", cause.toString());
            }
        }
    }

    private final class Stream implements ClientResponseObserver<ReportRequest, ReportResponse> {
        private @Nullable ClientCallStreamObserver<ReportRequest> requests;
        private boolean named;

        @Override
        public void beforeStart(ClientCallStreamObserver<ReportRequest> stream) {
            requests = stream;
        }

        boolean isReady() {
            return requests != null && requests.isReady();
        }

        /** Called under the reporter's lock: gRPC's observers are not thread-safe. */
        void send(ReportRequest request) {
            if (requests != null) {
                requests.onNext(
                        named ? request : request.toBuilder().setNodeId(nodeId).build());
                named = true;
            }
        }

        void complete() {
            if (requests != null) {
                requests.onCompleted();
            }
        }

        @Override
        public void onNext(ReportResponse response) {
            if (response.hasQuestion()) {
                Answer answer = answer(response.getQuestion());
                synchronized (EdgeReporter.this) {
                    if (stream == this) {
                        send(ReportRequest.newBuilder().setAnswer(answer).build());
                    }
                }
            }
        }

        @Override
        public void onError(Throwable cause) {
            onEnded(this, cause);
        }

        @Override
        public void onCompleted() {
            onEnded(this, null);
        }
    }

    private Answer answer(Question question) {
        Answer.Builder answer = Answer.newBuilder().setId(question.getId());
        try {
            return answer.setJson(
                            switch (question.getAskCase()) {
                                case REQUEST_ID -> answers.byRequestId(question.getRequestId());
                                case ADMIN_PATH -> answers.byAdminPath(question.getAdminPath());
                                case ASK_NOT_SET ->
                                    throw new IllegalArgumentException("a question that this version does not know");
                            })
                    .build();
        } catch (IllegalArgumentException e) {
            return answer.setError(String.valueOf(e.getMessage())).build();
        }
    }
}
