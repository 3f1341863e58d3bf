package io.weft.control.xds;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weft.api.v1.Revision;
import io.weft.control.ir.ProxyNode;
import io.weft.control.status.ProxyStatus.Rejection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's stream, on a virtual thread of its own. It has one goal at a time, the latest {@link Target}; it sends what the client lacks
 * as fast as the client takes it, and tells its {@link Listener} when the client has it all. Additions go in make-before-break order and
 * removals, in the opposite one, only once every addition is acknowledged.
 */
final class AdsSession {
    private static final Logger LOG = LoggerFactory.getLogger(AdsSession.class);
    private static final String REVISION_NAME = "revision";

    private final ProxyNode node;
    private final ServerCallStreamObserver<DeltaDiscoveryResponse> call;
    private final Listener listener;
    private final Map<XdsType, Subscription> subscriptions = new EnumMap<>(XdsType.class);
    // Holds at most one request: the next is asked for when this one is taken.
    private final Queue<DeltaDiscoveryRequest> requests = new ConcurrentLinkedQueue<>();
    private final Semaphore wake = new Semaphore(0);
    private volatile @Nullable Target target;
    private volatile boolean closed;
    private volatile boolean inOrder;

    // Confined to the session's thread.
    private boolean wantsRevisions;
    private long revisionNonce;
    private long revisionSentFor = -1;
    private long reported = -1;

    AdsSession(ProxyNode node, ServerCallStreamObserver<DeltaDiscoveryResponse> call, Listener listener) {
        this.node = node;
        this.call = call;
        this.listener = listener;
        for (XdsType type : XdsType.values()) {
            subscriptions.put(type, new Subscription(type));
        }
    }

    /** Who is told how far the client is; called on the session's thread. */
    interface Listener {
        /** The client has all of the target that it takes. */
        void settled(AdsSession session, Target target, List<Rejection> rejections);

        /** Resources went to the client, as many as this. */
        void sent(int resources);

        /** {@code inOrder}: the client ended the stream, as one does that stops. */
        void closed(AdsSession session, boolean inOrder);
    }

    boolean isClosed() {
        return closed;
    }

    ProxyNode node() {
        return node;
    }

    /** A new goal; what was not sent of the last one is forgotten. */
    void aim(Target newTarget) {
        target = newTarget;
        wake.release();
    }

    void received(DeltaDiscoveryRequest request) {
        requests.add(request);
        wake.release();
    }

    /** The transport takes messages again. */
    void ready() {
        wake.release();
    }

    /** The client has ended its side. */
    void complete() {
        inOrder = true;
        close();
    }

    void close() {
        closed = true;
        wake.release();
    }

    /** The session's life. */
    void run() {
        try {
            while (true) {
                wake.acquire();
                wake.drainPermits();
                if (closed) {
                    if (inOrder) {
                        // Here, as everything that is said to the client: a call takes one thread at a time.
                        call.onCompleted();
                    }
                    return;
                }
                takeRequests();
                pump();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalArgumentException e) {
            call.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
        } catch (RuntimeException e) {
            LOG.error("the stream of proxy {} is ended; it will come back", node.id(), e);
            call.onError(Status.INTERNAL.withDescription("the session failed").asRuntimeException());
        } finally {
            closed = true;
            listener.closed(this, inOrder);
        }
    }

    private void takeRequests() {
        for (DeltaDiscoveryRequest request = requests.poll(); request != null; request = requests.poll()) {
            take(request);
            call.request(1);
        }
    }

    private void take(DeltaDiscoveryRequest request) {
        for (Map.Entry<XdsType, Subscription> entry : subscriptions.entrySet()) {
            if (entry.getKey().typeUrl().equals(request.getTypeUrl())) {
                if (entry.getKey() == XdsType.REVISION) {
                    takeRevision(request);
                } else if (entry.getValue().take(request) == Subscription.Answer.REFUSED) {
                    LOG.warn(
                            "proxy {} refuses {}: {}",
                            node.id(),
                            entry.getKey(),
                            request.getErrorDetail().getMessage());
                }
            }
        }
        // Types that nobody serves are left unanswered: a client may ask for more than there is.
    }

    /** A newer Revision subsumes an older: only the answer to the newest counts. */
    private void takeRevision(DeltaDiscoveryRequest request) {
        wantsRevisions = true;
        Target current = target;
        boolean answersNewest = request.getResponseNonce().equals(revisionNonce());
        if (current != null && answersNewest && revisionSentFor == current.id()) {
            if (request.hasErrorDetail()) {
                LOG.warn(
                        "proxy {} refuses revision {}: {}",
                        node.id(),
                        current.revision(),
                        request.getErrorDetail().getMessage());
            }
            report(
                    current,
                    request.hasErrorDetail()
                            ? List.of(new Rejection(
                                    XdsType.REVISION.typeUrl(),
                                    REVISION_NAME,
                                    request.getErrorDetail().getMessage()))
                            : List.of());
        }
    }

    private String revisionNonce() {
        return "r" + revisionNonce;
    }

    private void pump() {
        Target current = target;
        if (current == null) {
            return;
        }
        boolean clean = true;
        for (XdsType type : XdsType.values()) {
            clean &= type == XdsType.REVISION || flush(type, subscription(type).additions(current.resources()));
        }
        if (!clean || !call.isReady()) {
            return;
        }
        List<Rejection> rejections = rejections(current);
        if (!rejections.isEmpty()) {
            // All of the phase is dropped: nothing is published, nothing goes.
            report(current, rejections);
            return;
        }
        List<XdsType> lastFirst = List.of(XdsType.values()).reversed();
        for (XdsType type : lastFirst) {
            clean &= type == XdsType.REVISION || flush(type, subscription(type).removals(current.resources()));
        }
        if (clean) {
            finish(current);
        }
    }

    /** Sends, if it may; true where there is nothing to send and nothing unanswered. */
    private boolean flush(XdsType type, Optional<DeltaDiscoveryResponse> response) {
        Subscription subscription = subscription(type);
        if (!subscription.isAnswered()) {
            return false;
        }
        if (response.isEmpty()) {
            return true;
        }
        if (call.isReady()) {
            call.onNext(response.get());
            subscription.sent(response.get());
            listener.sent(response.get().getResourcesCount());
        }
        return false;
    }

    private void finish(Target current) {
        if (node.client() != ProxyNode.Client.WEFT) {
            report(current, List.of());
        } else if (wantsRevisions && revisionSentFor != current.id()) {
            revisionSentFor = current.id();
            revisionNonce++;
            call.onNext(revision(current));
        }
    }

    private DeltaDiscoveryResponse revision(Target current) {
        Revision.Builder revision =
                Revision.newBuilder().setNumber(current.revision()).setPhase(current.phase());
        for (XdsType type : XdsType.values()) {
            subscription(type)
                    .live(current.resources())
                    .forEach((name, version) -> revision.addEntries(Revision.Entry.newBuilder()
                            .setTypeUrl(type.typeUrl())
                            .setName(name)
                            .setVersion(version)));
        }
        return DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(XdsType.REVISION.typeUrl())
                .setNonce(revisionNonce())
                .addResources(Resource.newBuilder()
                        .setName(REVISION_NAME)
                        .setVersion(current.revision() + "-" + current.phase().getNumber() + "-" + current.id())
                        .setResource(Any.pack(revision.build())))
                .build();
    }

    private void report(Target current, List<Rejection> rejections) {
        if (reported != current.id()) {
            reported = current.id();
            listener.settled(this, current, rejections);
        }
    }

    private List<Rejection> rejections(Target current) {
        List<Rejection> rejections = new ArrayList<>();
        subscriptions.forEach((type, subscription) -> subscription
                .refusedOf(current.resources())
                .forEach((name, reason) -> rejections.add(new Rejection(type.typeUrl(), name, reason))));
        return rejections;
    }

    private Subscription subscription(XdsType type) {
        Subscription subscription = subscriptions.get(type);
        if (subscription == null) {
            throw new IllegalStateException("every type has a subscription: " + type);
        }
        return subscription;
    }
}
