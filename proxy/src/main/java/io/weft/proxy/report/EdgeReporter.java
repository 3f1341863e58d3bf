package io.weft.proxy.report;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.v1.Answer;
import io.weft.api.v1.Question;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.proxy.grpc.CallListener;
import io.weft.proxy.grpc.GrpcCall;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcStatus;
import io.weft.proxy.telemetry.EdgeReports;
import io.weft.proxy.telemetry.Metrics;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the control plane each second what passed on each edge since the last report that it took. While there is no stream nothing is lost: the next
 * report covers a longer window. Answers the control plane's questions on the same stream.
 */
public final class EdgeReporter implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeReporter.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String REPORT = "/weft.v1.Telemetry/Report";
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

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

    private final GrpcChannel channel;
    private final String nodeId;
    private final Answers answers;
    private final Scheduler scheduler;

    // Guarded by this.
    private final EdgeReports reports;
    private @Nullable Stream stream;
    private Scheduler.@Nullable Cancellable next;
    private boolean stopped;

    /**
     * @param channel to the control plane, mutual TLS
     * @param nodeId the xDS node's
     */
    public EdgeReporter(GrpcChannel channel, String nodeId, Metrics metrics, Answers answers, Scheduler scheduler) {
        this.channel = channel;
        this.nodeId = nodeId;
        this.reports = new EdgeReports(metrics);
        this.answers = answers;
        this.scheduler = scheduler;
    }

    @Override
    public String name() {
        return "edge reporter";
    }

    @Override
    public synchronized void start() {
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
            open.begin();
            return;
        }
        report(open);
    }

    private void report(Stream open) {
        if (!open.isReady()) {
            return;
        }
        open.send(ReportRequest.newBuilder().setEdges(reports.next()).build());
    }

    private synchronized void onEnded(Stream ended, GrpcStatus status) {
        if (stream == ended) {
            stream = null;
            if (!status.isOk() && !stopped) {
                LOG.debug("the telemetry stream ended: {}", status);
            }
        }
    }

    /** One call. All but what the channel tells is done under the reporter's lock. */
    private final class Stream implements CallListener {
        private @Nullable GrpcCall call;
        private boolean named;

        void begin() {
            GrpcCall opened = channel.open(REPORT, MAX_MESSAGE_BYTES, this);
            opened.request(1);
            call = opened;
        }

        boolean isReady() {
            return call != null && call.isReady();
        }

        void send(ReportRequest request) {
            if (call != null) {
                ReportRequest told =
                        named ? request : request.toBuilder().setNodeId(nodeId).build();
                call.send(told.toByteArray());
                named = true;
            }
        }

        void complete() {
            if (call != null) {
                call.end();
                // One whose messages nobody asks for never ends.
                call.request(Integer.MAX_VALUE);
            }
        }

        /** An answer may take a second: it is made on a thread of its own, and the next question is asked for when it is given. */
        @Override
        public void onMessage(byte[] message) {
            Thread.ofVirtual().name("weft-answer").start(() -> answerTo(message));
        }

        private void answerTo(byte[] message) {
            ReportRequest answer = null;
            String unreadable = "";
            try {
                ReportResponse response = ReportResponse.parseFrom(message);
                if (response.hasQuestion()) {
                    answer = ReportRequest.newBuilder()
                            .setAnswer(answer(response.getQuestion()))
                            .build();
                }
            } catch (InvalidProtocolBufferException e) {
                unreadable = "a question cannot be read: " + e.getMessage();
            }
            synchronized (EdgeReporter.this) {
                if (stream != this || call == null) {
                    return;
                }
                if (!unreadable.isEmpty()) {
                    call.cancel(unreadable);
                    return;
                }
                if (answer != null) {
                    send(answer);
                }
                call.request(1);
            }
        }

        @Override
        public void onEnd(GrpcStatus status) {
            scheduler.schedule(Duration.ZERO, () -> onEnded(this, status));
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
