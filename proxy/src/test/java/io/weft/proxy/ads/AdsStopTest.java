package io.weft.proxy.ads;

import static io.weft.proxy.ads.FakeControlPlane.resource;
import static io.weft.proxy.ads.TestResources.staticCluster;
import static org.awaitility.Awaitility.await;

import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.grpc.TestChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a stream ends. */
class AdsStopTest {
    private static final String CDS = ResourceKind.CLUSTER.typeUrl();

    @Test
    void whatComesWhileItStopsIsTakenFromItsStream(@TempDir Path directory) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (FakeControlPlane plane = new FakeControlPlane()) {
            try (TestChannel channel = new TestChannel(plane.port());
                    TestProxy proxy =
                            new TestProxy(channel.channel, directory, Duration.ofMinutes(1), ConfigSnapshot.EMPTY)) {
                plane.first(CDS);
                proxy.loop.schedule(Duration.ZERO, () -> hold(goOn));
                for (int i = 0; i < 4; i++) {
                    plane.send(CDS, resource("c", "" + i, staticCluster("c")));
                }
                Thread stopping = Thread.ofPlatform().daemon().start(proxy.client::stop);
                await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING
                        || stopping.getState() == Thread.State.TERMINATED);
                goOn.countDown();
                await().until(() -> channel.channel.calls() == 0);
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
}
