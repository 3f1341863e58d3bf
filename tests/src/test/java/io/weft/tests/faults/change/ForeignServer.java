package io.weft.tests.faults.change;

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
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An xDS server that is not ours, and knows nothing of revisions: it sends what a test tells it to, and keeps what it is answered. */
final class ForeignServer extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase
        implements AutoCloseable {
    private final List<DeltaDiscoveryRequest> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger nonces = new AtomicInteger();
    private final Server server;
    private volatile @Nullable StreamObserver<DeltaDiscoveryResponse> stream;

    ForeignServer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(this)
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        stream = responses;
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                requests.add(request);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    static Resource resource(String name, String version, Message message) {
        return resource(name, version, Any.pack(message));
    }

    static Resource resource(String name, String version, Any body) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(body)
                .build();
    }

    /** Sends, and returns the answer's error; empty where it was acknowledged. */
    String send(String typeUrl, Resource... resources) {
        return send(DeltaDiscoveryResponse.newBuilder().setTypeUrl(typeUrl).addAllResources(List.of(resources)));
    }

    String send(DeltaDiscoveryResponse.Builder response) {
        String nonce = "foreign-" + nonces.incrementAndGet();
        await().atMost(TestMesh.BOUND).until(() -> stream != null);
        Objects.requireNonNull(stream).onNext(response.setNonce(nonce).build());
        await().atMost(TestMesh.BOUND).until(() -> requests.stream().anyMatch(each -> isAnswer(each, nonce)));
        return requests.stream()
                .filter(each -> isAnswer(each, nonce))
                .findFirst()
                .orElseThrow()
                .getErrorDetail()
                .getMessage();
    }

    private static boolean isAnswer(DeltaDiscoveryRequest request, String nonce) {
        return request.getResponseNonce().equals(nonce);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
