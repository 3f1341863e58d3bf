package io.weft.proxy.ads;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A control plane that sends what a test tells it to, over a real socket, and keeps what it is asked. */
final class FakeControlPlane extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase
        implements AutoCloseable {
    /** Of the latest stream. */
    final List<DeltaDiscoveryRequest> requests = new CopyOnWriteArrayList<>();

    final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger nonces = new AtomicInteger();
    private volatile @Nullable StreamObserver<DeltaDiscoveryResponse> responses;
    private Server server;

    FakeControlPlane() throws IOException {
        server = listen(0);
    }

    private Server listen(int port) throws IOException {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(this)
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    void breakOff() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void returnOn(int port) throws IOException {
        server = listen(port);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    static Resource resource(String name, String version, Message message) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(Any.pack(message))
                .build();
    }

    /** The nonce. */
    String send(String typeUrl, Resource... resources) {
        return send(DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .addAllResources(List.of(resources))
                .build());
    }

    String send(DeltaDiscoveryResponse response) {
        String nonce = "n" + nonces.incrementAndGet();
        await().until(() -> responses != null);
        StreamObserver<DeltaDiscoveryResponse> open = responses;
        if (open == null) {
            throw new IllegalStateException("no stream");
        }
        open.onNext(response.toBuilder().setNonce(nonce).build());
        return nonce;
    }

    /** The answer to a nonce, once it came. */
    DeltaDiscoveryRequest answer(String nonce) {
        await().until(() -> hasAnswer(nonce));
        return requests.stream()
                .filter(request -> request.getResponseNonce().equals(nonce))
                .findFirst()
                .orElseThrow();
    }

    boolean hasAnswer(String nonce) {
        return requests.stream().anyMatch(request -> request.getResponseNonce().equals(nonce));
    }

    /** The first request for a type on the latest stream, once it came. */
    DeltaDiscoveryRequest first(String typeUrl) {
        await().until(() ->
                requests.stream().anyMatch(request -> request.getTypeUrl().equals(typeUrl)));
        return requests.stream()
                .filter(request -> request.getTypeUrl().equals(typeUrl))
                .findFirst()
                .orElseThrow();
    }

    boolean isSubscribed(String typeUrl, String name) {
        return requests.stream()
                .anyMatch(request -> request.getTypeUrl().equals(typeUrl)
                        && request.getResourceNamesSubscribeList().contains(name));
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> stream) {
        requests.clear();
        responses = stream;
        streams.incrementAndGet();
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                requests.add(request);
            }

            @Override
            public void onError(Throwable failure) {
                forget();
            }

            @Override
            public void onCompleted() {
                forget();
                stream.onCompleted();
            }

            private void forget() {
                if (stream.equals(responses)) {
                    responses = null;
                }
            }
        };
    }
}
