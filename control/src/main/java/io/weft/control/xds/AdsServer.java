package io.weft.control.xds;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.control.ir.ProxyNode;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.Reunion;
import io.weft.core.identity.SpiffeId;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The delta ADS service: one {@link AdsSession} a stream. What a node claims to be must fit the certificate of its connection. */
public final class AdsServer extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(AdsServer.class);
    private static final int MAX_SESSIONS = 50_000;

    private final Publisher publisher;
    private final Reunion reunion;
    private final PeerClaim claim;
    private final Supplier<Optional<SpiffeId>> peer;
    private final AtomicInteger sessions = new AtomicInteger();

    /**
     * @param reunion until it is over, proxies that hold endpoints are told nothing
     * @param peer the identity that the current call's connection proved
     */
    public AdsServer(Publisher publisher, Reunion reunion, PeerClaim claim, Supplier<Optional<SpiffeId>> peer) {
        this.publisher = publisher;
        this.reunion = reunion;
        this.claim = claim;
        this.peer = peer;
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        ServerCallStreamObserver<DeltaDiscoveryResponse> call =
                (ServerCallStreamObserver<DeltaDiscoveryResponse>) responses;
        // The session asks for the next request when it has taken one.
        call.disableAutoRequest();
        Stream stream = new Stream(call, peer.get());
        call.setOnReadyHandler(stream::ready);
        call.setOnCancelHandler(stream::close);
        call.request(1);
        return stream;
    }

    /** Begins with the first request, which says who the client is. gRPC calls it from one thread at a time. */
    private final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
        private final ServerCallStreamObserver<DeltaDiscoveryResponse> call;
        private final Optional<SpiffeId> owner;
        private @Nullable AdsSession session;
        private boolean refused;

        Stream(ServerCallStreamObserver<DeltaDiscoveryResponse> call, Optional<SpiffeId> owner) {
            this.call = call;
            this.owner = owner;
        }

        @Override
        public void onNext(DeltaDiscoveryRequest request) {
            if (session == null && !begin(request)) {
                return;
            }
            if (session != null) {
                session.received(request);
            }
        }

        private boolean begin(DeltaDiscoveryRequest request) {
            ProxyNode node;
            try {
                node = NodeReader.read(request.getNode(), owner);
            } catch (IllegalArgumentException e) {
                return refuse(Status.INVALID_ARGUMENT, "node: " + e.getMessage());
            }
            Optional<String> reason = claim.refuse(owner, node.namespace(), node.serviceAccount());
            if (reason.isPresent()) {
                return refuse(Status.PERMISSION_DENIED, reason.get());
            }
            if (sessions.incrementAndGet() > MAX_SESSIONS) {
                sessions.decrementAndGet();
                return refuse(
                        Status.RESOURCE_EXHAUSTED, "this control plane serves " + MAX_SESSIONS + " proxies already");
            }
            AdsSession begun = new AdsSession(node, call, publisher);
            session = begun;
            Thread.ofVirtual().name("ads-" + node.id()).start(() -> {
                try {
                    begun.run();
                } finally {
                    sessions.decrementAndGet();
                }
            });
            if (request.getInitialResourceVersionsCount() > 0) {
                // It works with what it holds, and would lose by what is not known yet.
                reunion.whenOver(() -> publisher.join(begun));
            } else {
                publisher.join(begun);
            }
            return true;
        }

        private boolean refuse(Status status, String reason) {
            LOG.warn("a proxy is refused: {}", reason);
            refused = true;
            call.onError(status.withDescription(reason).asRuntimeException());
            return false;
        }

        private void ready() {
            AdsSession open = session;
            if (open != null) {
                open.ready();
            }
        }

        private void close() {
            AdsSession open = session;
            if (open != null) {
                open.close();
            }
        }

        @Override
        public void onError(Throwable failure) {
            close();
        }

        @Override
        public void onCompleted() {
            AdsSession open = session;
            if (open != null) {
                open.complete();
            } else if (!refused) {
                call.onCompleted();
            }
        }
    }
}
