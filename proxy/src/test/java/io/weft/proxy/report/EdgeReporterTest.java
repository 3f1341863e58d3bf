package io.weft.proxy.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.Edge;
import io.weft.api.v1.Question;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.api.v1.TelemetryGrpc;
import io.weft.core.time.SystemScheduler;
import io.weft.proxy.grpc.TestChannel;
import io.weft.proxy.telemetry.Metrics;
import io.weft.proxy.telemetry.RequestRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EdgeReporterTest {
    private final List<ReportRequest> received = new CopyOnWriteArrayList<>();
    private final List<StreamObserver<ReportResponse>> streams = new CopyOnWriteArrayList<>();
    private final Metrics metrics = new Metrics(1);
    private final SystemScheduler scheduler = new SystemScheduler("test");
    private final Server server;
    private final TestChannel channel;
    private final EdgeReporter reporter;

    EdgeReporterTest() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new TelemetryGrpc.TelemetryImplBase() {
                    @Override
                    public StreamObserver<ReportRequest> report(StreamObserver<ReportResponse> responses) {
                        streams.add(responses);
                        return new StreamObserver<>() {
                            @Override
                            public void onNext(ReportRequest request) {
                                received.add(request);
                            }

                            @Override
                            public void onError(Throwable cause) {}

                            @Override
                            public void onCompleted() {
                                responses.onCompleted();
                            }
                        };
                    }
                })
                .build()
                .start();
        channel = new TestChannel(server.getPort());
        reporter = new EdgeReporter(
                channel.channel,
                "sidecar~cart",
                metrics,
                new EdgeReporter.Answers() {
                    @Override
                    public String byRequestId(String requestId) {
                        throw new IllegalArgumentException("no request " + requestId);
                    }

                    @Override
                    public String byAdminPath(String path) {
                        return "{\"path\":\"" + path + "\"}";
                    }
                },
                scheduler);
        reporter.start();
    }

    @AfterEach
    void stop() {
        reporter.stop();
        scheduler.close();
        channel.close();
        server.shutdownNow();
    }

    private void count(int status, long micros) {
        RequestRecord record = new RequestRecord();
        record.edge = new io.weft.proxy.telemetry.Edge(
                "source", "shop", "cart", "", "shop", "catalog", "catalog-1", "", "v1", "http", true);
        record.status = status;
        record.durationNanos = TimeUnit.MICROSECONDS.toNanos(micros);
        metrics.onComplete(0, record);
    }

    private List<Edge> edges() {
        return received.stream()
                .flatMap(request -> request.getEdges().getEdgesList().stream())
                .toList();
    }

    @Test
    void reportsWhatWasAddedAndNothingTwice() throws Exception {
        count(200, 1_000);
        count(503, 100_000);
        await().until(() -> !edges().isEmpty());
        assertThat(received.getFirst().getNodeId()).isEqualTo("sidecar~cart");
        Edge edge = edges().getFirst();
        assertThat(edge.getRequests()).isEqualTo(2);
        assertThat(edge.getFailures()).isEqualTo(1);
        assertThat(edge.getDestinationService()).isEqualTo("catalog");
        assertThat(edge.getMutualTls()).isTrue();
        Histogram latencies = Histogram.decodeFromCompressedByteBuffer(
                ByteBuffer.wrap(edge.getLatencyHistogram().toByteArray()), 0);
        assertThat(latencies.getTotalCount()).isEqualTo(2);
        assertThat(latencies.getMaxValue()).isBetween(99_000L, 108_000L);

        count(200, 1_000);
        await().until(() -> edges().size() >= 2);
        assertThat(edges().stream().mapToLong(Edge::getRequests).sum()).isEqualTo(3);
        assertThat(edges().stream().mapToLong(Edge::getFailures).sum()).isEqualTo(1);
    }

    @Test
    void brokenStreamLosesNothing() {
        await().until(() -> !streams.isEmpty());
        streams.getFirst().onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
        count(200, 10);
        await().until(() -> edges().stream().mapToLong(Edge::getRequests).sum() == 1);
        assertThat(streams.size()).isGreaterThan(1);
    }

    @Test
    void questionsAreAnswered() {
        await().until(() -> !streams.isEmpty());
        streams.getFirst()
                .onNext(ReportResponse.newBuilder()
                        .setQuestion(Question.newBuilder().setId(7).setAdminPath("/clusters"))
                        .build());
        streams.getFirst()
                .onNext(ReportResponse.newBuilder()
                        .setQuestion(Question.newBuilder().setId(8).setRequestId("x"))
                        .build());
        await().until(() -> received.stream().filter(ReportRequest::hasAnswer).count() == 2);
        List<io.weft.api.v1.Answer> answers = received.stream()
                .filter(ReportRequest::hasAnswer)
                .map(ReportRequest::getAnswer)
                .toList();
        assertThat(answers.getFirst().getJson()).contains("/clusters");
        assertThat(answers.getLast().getError()).isEqualTo("no request x");
    }
}
