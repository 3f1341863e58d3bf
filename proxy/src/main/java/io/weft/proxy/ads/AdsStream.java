package io.weft.proxy.ads;

import com.google.rpc.Code;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One delta ADS stream: what was subscribed to, and the answers. gRPC's callbacks move to the control loop, one response at a time: the
 * next is asked for when the last was handled.
 */
final class AdsStream implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse>, Assembler.Peer {
    private final Node node;
    private final Scheduler loop;
    private final BiConsumer<AdsStream, DeltaDiscoveryResponse> onResponse;
    private final BiConsumer<AdsStream, io.grpc.Status> onEnd;
    private final Map<ResourceKind, Set<String>> subscribed = new EnumMap<>(ResourceKind.class);
    private @Nullable ClientCallStreamObserver<DeltaDiscoveryRequest> call;
    private boolean nodeSent;
    private boolean ended;

    AdsStream(
            Node node,
            Scheduler loop,
            BiConsumer<AdsStream, DeltaDiscoveryResponse> onResponse,
            BiConsumer<AdsStream, io.grpc.Status> onEnd) {
        this.node = node;
        this.loop = loop;
        this.onResponse = onResponse;
        this.onEnd = onEnd;
    }

    /** Subscribes to all resources of a kind; those of {@code versions} are here already. */
    void subscribeToAll(ResourceKind kind, Map<String, String> versions) {
        // No names in the first request of a type mean all of them (the wildcard of xDS, in the form that every server
        // knows).
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(kind.typeUrl())
                .putAllInitialResourceVersions(versions)
                .build());
    }

    /** Subscribes to the Revision, of which a new one is always wanted. */
    void subscribeToRevisions() {
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(Assembler.REVISION_TYPE)
                .addResourceNamesSubscribe("revision")
                .build());
    }

    /** The first subscription by name of a kind on this stream tells the versions that are here already. */
    void subscribe(ResourceKind kind, Set<String> names, Map<String, String> versions) {
        Set<String> present = subscribed.get(kind);
        if (present == null) {
            if (names.isEmpty()) {
                return;
            }
            subscribed.put(kind, new HashSet<>(names));
            send(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(kind.typeUrl())
                    .addAllResourceNamesSubscribe(new TreeSet<>(names))
                    .putAllInitialResourceVersions(versions)
                    .build());
            return;
        }
        Set<String> added = new TreeSet<>(names);
        added.removeAll(present);
        Set<String> removed = new TreeSet<>(present);
        removed.removeAll(names);
        if (!added.isEmpty() || !removed.isEmpty()) {
            subscribed.put(kind, new HashSet<>(names));
            send(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(kind.typeUrl())
                    .addAllResourceNamesSubscribe(added)
                    .addAllResourceNamesUnsubscribe(removed)
                    .build());
        }
    }

    @Override
    public void subscribe(ResourceKind kind, Set<String> names) {
        subscribe(kind, names, Map.of());
    }

    @Override
    public void settled(String nonce, Verdict verdict) {
        answer(Assembler.REVISION_TYPE, nonce, verdict);
    }

    void answer(String typeUrl, String nonce, Verdict verdict) {
        DeltaDiscoveryRequest.Builder request =
                DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl).setResponseNonce(nonce);
        switch (verdict) {
            case Verdict.Ack ignored -> send(request.build());
            case Verdict.Nack nack ->
                send(request.setErrorDetail(Status.newBuilder()
                                .setCode(Code.INVALID_ARGUMENT_VALUE)
                                .setMessage(nack.reason()))
                        .build());
            case Verdict.Later ignored -> {
                // Answered by settled().
            }
        }
    }

    /** The last response was handled; the next may come. */
    void next() {
        ClientCallStreamObserver<DeltaDiscoveryRequest> open = call;
        if (open != null && !ended) {
            open.request(1);
        }
    }

    /** In order: from a stream that breaks the server concludes that the proxy goes on with what it has. */
    void complete() {
        ended = true;
        ClientCallStreamObserver<DeltaDiscoveryRequest> open = call;
        if (open != null) {
            open.onCompleted();
        }
    }

    private void send(DeltaDiscoveryRequest request) {
        ClientCallStreamObserver<DeltaDiscoveryRequest> open = call;
        if (open == null || ended) {
            return;
        }
        open.onNext(nodeSent ? request : request.toBuilder().setNode(node).build());
        nodeSent = true;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> requests) {
        requests.disableAutoRequestWithInitial(1);
        call = requests;
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
        loop.schedule(Duration.ZERO, () -> onResponse.accept(this, response));
    }

    @Override
    public void onError(Throwable failure) {
        end(io.grpc.Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
        end(io.grpc.Status.OK);
    }

    private void end(io.grpc.Status reason) {
        loop.schedule(Duration.ZERO, () -> {
            ended = true;
            onEnd.accept(this, reason);
        });
    }
}
