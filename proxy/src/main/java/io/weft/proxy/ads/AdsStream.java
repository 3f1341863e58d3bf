package io.weft.proxy.ads;

import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One delta ADS stream: what was subscribed to, and the answers. gRPC's callbacks move to the control loop, one response at a time: the
 * next is asked for when the last was handled.
 */
final class AdsStream implements ClientResponseObserver<ByteString, DeltaDiscoveryResponse>, Assembler.Peer {
    private final ByteString node;
    private final Scheduler loop;
    private final BiConsumer<AdsStream, DeltaDiscoveryResponse> onResponse;
    private final BiConsumer<AdsStream, io.grpc.Status> onEnd;
    private final Map<ResourceKind, Set<String>> subscribed = new EnumMap<>(ResourceKind.class);
    private @Nullable ClientCallStreamObserver<ByteString> call;
    private boolean nodeSent;
    private boolean ended;

    AdsStream(
            ByteString node,
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
        send(DiscoveryRequest.subscription(kind.typeUrl(), List.of(), versions));
    }

    /** Subscribes to the Revision, of which a new one is always wanted. */
    void subscribeToRevisions() {
        send(DiscoveryRequest.subscription(Assembler.REVISION_TYPE, List.of("revision"), Map.of()));
    }

    /** The first subscription by name of a kind on this stream tells the versions that are here already. */
    void subscribe(ResourceKind kind, Set<String> names, Map<String, String> versions) {
        Set<String> present = subscribed.get(kind);
        if (present == null) {
            if (names.isEmpty()) {
                return;
            }
            subscribed.put(kind, new HashSet<>(names));
            send(DiscoveryRequest.subscription(kind.typeUrl(), new TreeSet<>(names), versions));
            return;
        }
        Set<String> added = new TreeSet<>(names);
        added.removeAll(present);
        Set<String> removed = new TreeSet<>(present);
        removed.removeAll(names);
        if (!added.isEmpty() || !removed.isEmpty()) {
            subscribed.put(kind, new HashSet<>(names));
            send(DiscoveryRequest.change(kind.typeUrl(), added, removed));
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
        switch (verdict) {
            case Verdict.Ack ignored -> send(DiscoveryRequest.answer(typeUrl, nonce, ""));
            case Verdict.Nack nack -> send(DiscoveryRequest.answer(typeUrl, nonce, nack.reason()));
            case Verdict.Later ignored -> {
                // Answered by settled().
            }
        }
    }

    /** The last response was handled; the next may come. */
    void next() {
        ClientCallStreamObserver<ByteString> open = call;
        if (open != null && !ended) {
            open.request(1);
        }
    }

    /** In order: from a stream that breaks the server concludes that the proxy goes on with what it has. */
    void complete() {
        ended = true;
        ClientCallStreamObserver<ByteString> open = call;
        if (open != null) {
            open.onCompleted();
            // What has come would else stay in the stream's buffers: a call whose messages nobody asks for never ends.
            open.request(Integer.MAX_VALUE);
        }
    }

    private void send(DiscoveryRequest request) {
        ClientCallStreamObserver<ByteString> open = call;
        if (open == null || ended) {
            return;
        }
        open.onNext(request.message(nodeSent ? ByteString.EMPTY : node));
        nodeSent = true;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ByteString> requests) {
        requests.disableAutoRequestWithInitial(1);
        call = requests;
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
        loop.schedule(Duration.ZERO, () -> {
            if (!ended) {
                onResponse.accept(this, response);
            }
        });
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
