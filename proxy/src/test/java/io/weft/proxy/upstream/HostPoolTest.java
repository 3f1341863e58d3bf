package io.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import io.weft.proxy.host.Limits;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostPoolTest {
    private final TestLoop loop = new TestLoop();
    private final FakeConnector connector = new FakeConnector();
    private int ready;
    private int failed;

    private HostPool pool() {
        return pool(WantedVersion.HTTP_1_1);
    }

    private HostPool pool(WantedVersion version) {
        Cluster cluster = new Cluster(
                "cart",
                new Cluster.Discovery.Eds("cart"),
                new LbPolicy.RoundRobin(),
                1_000,
                null,
                List.of(),
                new Cluster.UpstreamHttp(Cluster.HttpVersion.HTTP1, 60_000, 0, 100, 65_535, 65_535),
                new Cluster.CircuitBreakers(1000, 1000, 1000, 3, null),
                new Cluster.OutlierDetection(5, 5, 5, 10_000, 30_000, 300_000, 50),
                List.of(),
                65_536,
                WeftMetadata.NONE);
        Host host = new Host(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
                new Endpoint(new Address("127.0.0.1", 80), "", 1, Endpoint.Health.HEALTHY, Map.of(), WeftMetadata.NONE),
                Locality.NONE);
        return new HostPool(
                loop.loop(),
                connector,
                new HostPool.Key(host, new Transport(null, ""), LocalWorkload.UNKNOWN, version),
                cluster,
                new Limits(cluster.limits()),
                () -> {});
    }

    private void acquire(HostPool pool, int times) {
        for (int i = 0; i < times; i++) {
            pool.acquire(new HostPool.Waiter() {
                @Override
                public void onReady(PooledConnection connection) {
                    ready++;
                    // As a request that goes on: the connection is its own.
                    RequestHead head = new RequestHead("GET", "http", "cart", "/", new Headers(), null, false);
                    connection.open(new SilentListener()).sendHead(head, true);
                }

                private final long since = loop.loop().nowNanos();

                @Override
                public void onFailed(ProxyError error) {
                    failed++;
                }

                @Override
                public long waitsSinceNanos() {
                    return since;
                }
            });
        }
    }

    private static final class SilentListener implements ResponseListener {
        @Override
        public void onInformational(ResponseHead head) {}

        @Override
        public void onHead(ResponseHead head, boolean end) {}

        @Override
        public void onData(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void onTrailers(Headers trailers) {}

        @Override
        public void onReset(StreamReset reset) {}

        @Override
        public void onWritabilityChanged() {}
    }

    @Test
    void aBurstConnectsAsOftenAsConnectionsAreThere() {
        connector.hold();
        acquire(pool(), 100);
        assertThat(connector.pendingOrders()).isEqualTo(16);
        for (int i = 0; i < 16; i++) {
            connector.acceptNext();
        }
        assertThat(connector.pendingOrders()).isEqualTo(16);
        for (int i = 0; i < 16; i++) {
            connector.acceptNext();
        }
        assertThat(connector.pendingOrders()).isEqualTo(32);
        while (connector.pendingOrders() > 0) {
            connector.acceptNext();
        }
        assertThat(ready).isEqualTo(100);
        assertThat(connector.connections()).hasSize(100);
    }

    @Test
    void anEndpointThatShowedItsVersionIsNotAskedAgainUntilItFails() {
        connector.hold();
        connector.http1Only();
        HostPool pool = pool(WantedVersion.HTTP_2_IF_SPOKEN);
        acquire(pool, 3);
        // One finds out for all.
        assertThat(connector.pendingOrders()).isEqualTo(1);
        assertThat(connector.acceptNext().order.version()).isEqualTo(WantedVersion.HTTP_2_IF_SPOKEN);
        assertThat(connector.pendingOrders()).isEqualTo(2);
        assertThat(connector.acceptNext().order.version()).isEqualTo(WantedVersion.HTTP_1_1);
        assertThat(connector.acceptNext().order.version()).isEqualTo(WantedVersion.HTTP_1_1);
        assertThat(ready).isEqualTo(3);

        acquire(pool, 1);
        connector.refuseNext();
        acquire(pool, 1);
        assertThat(connector.acceptNext().order.version()).isEqualTo(WantedVersion.HTTP_2_IF_SPOKEN);
    }

    /** A connection takes 100 streams. */
    @Test
    void aBurstOverHttp2OpensAsManyConnectionsAsItNeedsAndSpreads() {
        connector.hold();
        HostPool pool = pool(WantedVersion.HTTP_2);
        acquire(pool, 250);
        assertThat(connector.pendingOrders()).isEqualTo(3);
        while (connector.pendingOrders() > 0) {
            connector.acceptNext();
        }
        assertThat(ready).isEqualTo(250);
        acquire(pool, 20);
        assertThat(connector.connections())
                .extracting(FakeConnector.FakeConnection::activeStreams)
                .as("the one that has the fewest takes the next")
                .containsExactly(100, 100, 70);
    }

    @Test
    void allOfABurstFailWithTheFirstConnects() {
        connector.hold();
        acquire(pool(), 100);
        for (int i = 0; i < 16; i++) {
            connector.refuseNext();
        }
        assertThat(failed).isEqualTo(100);
    }

    @Test
    void whoCameAfterASlowConnectBeganWaitsForAnOpenConnection() {
        connector.hold();
        HostPool pool = pool();
        acquire(pool, 1);
        FakeConnector.FakeConnection open = connector.acceptNext();
        acquire(pool, 1);
        open.streams.getLast().respond(200);
        assertThat(ready).isEqualTo(2);
        loop.advance(Duration.ofMillis(600));
        acquire(pool, 1);
        loop.advance(Duration.ofMillis(400));
        connector.timeOutNext();
        assertThat(failed).isZero();
        assertThat(connector.pendingOrders()).isEqualTo(1);
        loop.advance(Duration.ofMillis(600));
        connector.timeOutNext();
        assertThat(failed)
                .as("one that waited for as long as a connect may take")
                .isEqualTo(1);
    }
}
