package io.weft.control.telemetry;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.Edge;
import io.weft.api.v1.EdgeReport;
import io.weft.api.v1.Question;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.api.v1.TelemetryGrpc;
import io.weft.core.identity.SpiffeId;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service to which proxies report their edges. A proxy may only speak for the identity of its connection: an edge that names
 * another one on the reporter's side is left out and counted.
 */
public final class EdgeReceiver extends TelemetryGrpc.TelemetryImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeReceiver.class);
    private static final int MAX_EDGES_IN_REPORT = 10_000;
    private static final int MAX_NAME = 253;

    private final TrafficStore store;
    private final ProxyQuestions questions;
    private final Supplier<Optional<SpiffeId>> peer;
    private final LongAdder refusedEdges = new LongAdder();

    /**
     * @param peer the identity of the connection whose call runs on the calling thread
     */
    public EdgeReceiver(TrafficStore store, ProxyQuestions questions, Supplier<Optional<SpiffeId>> peer) {
        this.store = store;
        this.questions = questions;
        this.peer = peer;
    }

    /** Edges that did not fit their reporter's identity or could not be read. */
    public long refusedEdges() {
        return refusedEdges.sum();
    }

    @Override
    public StreamObserver<ReportRequest> report(StreamObserver<ReportResponse> responses) {
        Optional<SpiffeId> identity = peer.get();
        if (identity.isEmpty()) {
            responses.onError(Status.UNAUTHENTICATED
                    .withDescription("telemetry needs a client certificate with a SPIFFE identity")
                    .asRuntimeException());
            return new Ignored();
        }
        return new Report(identity.get(), (ServerCallStreamObserver<ReportResponse>) responses);
    }

    private final class Report implements StreamObserver<ReportRequest> {
        private final SpiffeId identity;
        private final ServerCallStreamObserver<ReportResponse> responses;
        private ProxyQuestions.@Nullable Connection connection;
        private boolean warned;
        private boolean ended;

        Report(SpiffeId identity, ServerCallStreamObserver<ReportResponse> responses) {
            this.identity = identity;
            this.responses = responses;
            responses.setOnCancelHandler(this::disconnect);
        }

        @Override
        public void onNext(ReportRequest request) {
            if (ended) {
                return;
            }
            try {
                connectIfNamed(request.getNodeId());
                switch (request.getMessageCase()) {
                    case EDGES -> record(request.getEdges());
                    case ANSWER -> answered(request);
                    case MESSAGE_NOT_SET -> {}
                }
            } catch (StatusRuntimeException e) {
                ended = true;
                disconnect();
                responses.onError(e);
            }
        }

        private void connectIfNamed(String nodeId) {
            if (nodeId.isEmpty() || connection != null) {
                return;
            }
            if (nodeId.length() > MAX_NAME) {
                throw Status.INVALID_ARGUMENT
                        .withDescription("node_id is longer than " + MAX_NAME + " characters")
                        .asRuntimeException();
            }
            connection = questions.connect(nodeId, identity, this::send);
            if (connection == null) {
                throw Status.PERMISSION_DENIED
                        .withDescription("node_id " + nodeId + " is in use by a proxy of another identity")
                        .asRuntimeException();
            }
        }

        private synchronized void send(Question question) {
            responses.onNext(ReportResponse.newBuilder().setQuestion(question).build());
        }

        private void answered(ReportRequest request) {
            if (connection != null) {
                connection.answered(request.getAnswer());
            }
        }

        private void record(EdgeReport report) {
            if (report.getEdgesCount() > MAX_EDGES_IN_REPORT) {
                throw Status.INVALID_ARGUMENT
                        .withDescription(
                                report.getEdgesCount() + " edges in a report: expected at most " + MAX_EDGES_IN_REPORT)
                        .asRuntimeException();
            }
            for (Edge edge : report.getEdgesList()) {
                try {
                    store.record(keyOf(edge), sampleOf(edge));
                } catch (IllegalArgumentException e) {
                    refuse(e);
                }
            }
            store.countDropped(report.getDropped());
        }

        private void refuse(IllegalArgumentException reason) {
            refusedEdges.increment();
            if (!warned) {
                warned = true;
                LOG.warn("edges reported by {} are left out: {}", identity, reason.getMessage());
            }
        }

        private EdgeKey keyOf(Edge edge) {
            EdgeKey.Reporter reporter = switch (edge.getReporter()) {
                case "source" -> EdgeKey.Reporter.SOURCE;
                case "destination" -> EdgeKey.Reporter.DESTINATION;
                default ->
                    throw new IllegalArgumentException(
                            "reporter \"" + edge.getReporter() + "\": expected source or destination");
            };
            switch (reporter) {
                case SOURCE -> requireOwn(edge.getSourceNamespace(), edge.getSourcePrincipal());
                case DESTINATION -> requireOwn(edge.getDestinationNamespace(), edge.getDestinationPrincipal());
            }
            return new EdgeKey(
                    reporter,
                    name(edge.getSourceNamespace()),
                    name(edge.getSourceWorkload()),
                    name(edge.getDestinationNamespace()),
                    name(edge.getDestinationService()),
                    name(edge.getDestinationVersion()),
                    name(edge.getProtocol()),
                    !edge.getDestinationWorkload().isEmpty(),
                    edge.getMutualTls());
        }

        private void requireOwn(String namespace, String principal) {
            if (!namespace.equals(identity.namespace())) {
                throw new IllegalArgumentException("namespace \"" + namespace + "\" on the reporter's side");
            }
            if (!principal.isEmpty() && !principal.equals(identity.toString())) {
                throw new IllegalArgumentException("principal \"" + principal + "\" on the reporter's side");
            }
        }

        private static String name(String value) {
            if (value.length() > MAX_NAME) {
                throw new IllegalArgumentException("a name longer than " + MAX_NAME + " characters");
            }
            return value;
        }

        private static EdgeSample sampleOf(Edge edge) {
            return new EdgeSample(
                    edge.getRequests(),
                    edge.getFailures(),
                    edge.getRequestBytes(),
                    edge.getResponseBytes(),
                    edge.getResponseFlagsMap(),
                    LatencyHistogram.decode(edge.getLatencyHistogram().asReadOnlyByteBuffer()));
        }

        @Override
        public void onError(Throwable failure) {
            disconnect();
        }

        @Override
        public void onCompleted() {
            disconnect();
            if (!ended) {
                ended = true;
                responses.onCompleted();
            }
        }

        private void disconnect() {
            ProxyQuestions.Connection held = connection;
            if (held != null) {
                held.close();
            }
        }
    }

    private static final class Ignored implements StreamObserver<ReportRequest> {
        @Override
        public void onNext(ReportRequest request) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
