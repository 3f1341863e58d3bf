package io.weft.proxy.ads;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.weft.core.time.Scheduler;
import io.weft.proxy.grpc.CallListener;
import io.weft.proxy.grpc.GrpcCall;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcStatus;
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
 * One delta ADS stream: what was subscribed to, and the answers. What the channel tells moves to the control loop, one response at a time: the
 * next is asked for when the last was handled.
 */
final class AdsStream implements CallListener, Assembler.Peer {
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final ByteString node;
    private final Scheduler loop;
    private final BiConsumer<AdsStream, DeltaDiscoveryResponse> onResponse;
    private final BiConsumer<AdsStream, GrpcStatus> onEnd;
    private final Map<ResourceKind, Set<String>> subscribed = new EnumMap<>(ResourceKind.class);
    private @Nullable GrpcCall call;
    private boolean nodeSent;
    private boolean ended;

    AdsStream(
            ByteString node,
            Scheduler loop,
            BiConsumer<AdsStream, DeltaDiscoveryResponse> onResponse,
            BiConsumer<AdsStream, GrpcStatus> onEnd) {
        this.node = node;
        this.loop = loop;
        this.onResponse = onResponse;
        this.onEnd = onEnd;
    }

    /** Before anything else. */
    void open(GrpcChannel channel) {
        GrpcCall opened = channel.open(DiscoveryRequest.METHOD, MAX_MESSAGE_BYTES, this);
        opened.request(1);
        call = opened;
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
        GrpcCall open = call;
        if (open != null && !ended) {
            open.request(1);
        }
    }

    /** In order: from a stream that breaks the server concludes that the proxy goes on with what it has. */
    void complete() {
        ended = true;
        GrpcCall open = call;
        if (open != null) {
            open.end();
            // What has come would else stay in the call's buffer: one whose messages nobody asks for never ends.
            open.request(Integer.MAX_VALUE);
        }
    }

    private void send(DiscoveryRequest request) {
        GrpcCall open = call;
        if (open == null || ended) {
            return;
        }
        open.send(request.message(nodeSent ? ByteString.EMPTY : node).toByteArray());
        nodeSent = true;
    }

    @Override
    public void onMessage(byte[] message) {
        loop.schedule(Duration.ZERO, () -> {
            if (!ended) {
                read(message);
            }
        });
    }

    private void read(byte[] message) {
        DeltaDiscoveryResponse response;
        try {
            response = DeltaDiscoveryResponse.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            if (call != null) {
                call.cancel("a response cannot be read: " + e.getMessage());
            }
            return;
        }
        onResponse.accept(this, response);
    }

    @Override
    public void onEnd(GrpcStatus reason) {
        loop.schedule(Duration.ZERO, () -> {
            ended = true;
            onEnd.accept(this, reason);
        });
    }
}
