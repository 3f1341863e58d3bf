package io.weft.proxy.ads;

import static io.weft.proxy.ads.FakeControlPlane.resource;
import static io.weft.proxy.ads.TestResources.staticCluster;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.weft.engine.snapshot.ConfigSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a stream ends. */
class AdsStopTest {
    private static final String CDS = ResourceKind.CLUSTER.typeUrl();

    @Test
    void whatComesWhileItStopsIsTakenFromItsStream(@TempDir Path directory) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (FakeControlPlane plane = new FakeControlPlane()) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", plane.port())
                    .usePlaintext()
                    .build();
            try (TestProxy proxy = new TestProxy(
                    ClientInterceptors.intercept(channel, new TellsTheEnd(over)),
                    directory,
                    Duration.ofMinutes(1),
                    ConfigSnapshot.EMPTY)) {
                plane.first(CDS);
                proxy.loop.schedule(Duration.ZERO, () -> hold(goOn));
                for (int i = 0; i < 4; i++) {
                    plane.send(CDS, resource("c", "" + i, staticCluster("c")));
                }
                Thread stopping = Thread.ofPlatform().daemon().start(proxy.client::stop);
                await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING
                        || stopping.getState() == Thread.State.TERMINATED);
                goOn.countDown();
                assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record TellsTheEnd(CountDownLatch over) implements ClientInterceptor {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(ClientCall.Listener<A> listener, Metadata headers) {
                    super.start(
                            new SimpleForwardingClientCallListener<>(listener) {
                                @Override
                                public void onClose(Status status, Metadata trailers) {
                                    over.countDown();
                                    super.onClose(status, trailers);
                                }
                            },
                            headers);
                }
            };
        }
    }
}
