package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RetryPolicy.On;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.upstream.FakeConnector.FakeStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever happens, in whatever order: one record a request, no buffer kept, no limit held. The fakes refuse what no codec could send. */
class ExchangePropertyTest {
    private static final int RUNS = 4_000;
    private static final int STEPS = 25;
    private static final List<StreamReset.Kind> RESETS = List.of(StreamReset.Kind.values());

    @Test
    void eachExchangeCompletesOnceAndKeepsNothing() {
        for (int seed = 0; seed < RUNS; seed++) {
            try {
                new Run(seed).go();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static final class Run {
        private final SplittableRandom random;
        private final World world = new World();
        private final List<ByteBuf> buffers = new ArrayList<>();
        private final World.Call call;
        private boolean requestEnded;

        Run(int seed) {
            random = new SplittableRandom(seed);
            boolean h2 = random.nextBoolean();
            world.endpoints = 1 + random.nextInt(3);
            world.connector.hold();
            if (random.nextBoolean()) {
                world.retry = new RetryPolicy(
                        Set.of(On.SERVER_ERROR_5XX, On.RESET, On.CONNECT_FAILURE, On.REFUSED_STREAM),
                        Set.of(),
                        1 + random.nextInt(3),
                        random.nextBoolean() ? 200 : 0,
                        true,
                        random.nextBoolean(),
                        random.nextBoolean() ? 25 : 0,
                        250);
            }
            world.outliers =
                    random.nextBoolean() ? new Cluster.OutlierDetection(5, 5, 5, 10_000, 30_000, 300_000, 50) : null;
            requestEnded = random.nextBoolean();
            String upgrade = !requestEnded && random.nextInt(4) == 0 ? "websocket" : null;
            RequestHead head = new RequestHead(
                    random.nextBoolean() ? "GET" : "POST",
                    "http",
                    "shop",
                    "/",
                    new Headers(),
                    upgrade,
                    random.nextInt(8) == 0);
            call = world.call(head, requestEnded, h2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
        }

        void go() {
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            // Whatever is still open ends when the client leaves.
            if (!call.client().gone && world.records.isEmpty()) {
                call.client().gone = true;
                call.listener().onReset(new StreamReset(StreamReset.Kind.PEER_RESET, "left"));
            }
            world.loop.advance(Duration.ofSeconds(30));
            assertThat(world.records).hasSize(1);
            while (world.connector.pendingOrders() > 0) {
                world.connector.acceptNext();
            }
            for (var connection : new ArrayList<>(world.connector.connections())) {
                connection.close();
            }
            var limits = world.backend().limits();
            assertThat(limits.activeRequests()).isZero();
            assertThat(limits.activePending()).isZero();
            assertThat(limits.activeRetries()).isZero();
            assertThat(limits.activeConnections()).isZero();
            for (var host : world.backend().endpoints().hosts()) {
                assertThat(host.activeRequests()).isZero();
                assertThat(host.activeConnections()).isZero();
            }
            for (ByteBuf buffer : buffers) {
                assertThat(buffer.refCnt()).isZero();
            }
        }

        private ByteBuf buffer() {
            int length = random.nextInt(5) == 0 ? 50_000 : random.nextInt(20);
            ByteBuf buffer = Unpooled.copiedBuffer("x".repeat(length), StandardCharsets.UTF_8);
            if (length > 0) {
                buffers.add(buffer);
            }
            return buffer;
        }

        private void step() {
            switch (random.nextInt(12)) {
                case 0, 1 -> requestData();
                case 2 -> requestTrailers();
                case 3 -> {
                    if (world.connector.pendingOrders() > 0) {
                        world.connector.acceptNext();
                    }
                }
                case 4 -> {
                    if (world.connector.pendingOrders() > 0 && random.nextInt(3) == 0) {
                        world.connector.refuseNext();
                    }
                }
                case 5, 6, 7, 8 -> responseEvent();
                case 9 -> world.loop.advance(Duration.ofMillis(random.nextInt(400)));
                case 10 -> {
                    call.client().writable = random.nextBoolean();
                    if (!call.client().gone) {
                        call.listener().onWritabilityChanged();
                    }
                }
                default -> {
                    if (random.nextInt(6) == 0 && !call.client().gone && !call.client().ended) {
                        call.client().gone = true;
                        call.listener().onReset(new StreamReset(StreamReset.Kind.PEER_RESET, "gone"));
                    }
                }
            }
        }

        private void requestData() {
            if (!requestEnded && !call.client().gone) {
                requestEnded = random.nextInt(3) == 0;
                call.listener().onData(buffer(), requestEnded);
            }
        }

        private void requestTrailers() {
            if (!requestEnded && !call.client().gone && random.nextInt(3) == 0) {
                requestEnded = true;
                call.listener().onTrailers(new Headers().add("t", "1"));
            }
        }

        private final List<FakeStream> headed = new ArrayList<>();

        private void responseEvent() {
            if (world.connector.connections().isEmpty()
                    || world.connector.last().streams.isEmpty()) {
                return;
            }
            FakeStream stream = world.upstream();
            if (stream.isOver()) {
                return;
            }
            boolean started = headed.contains(stream);
            switch (random.nextInt(6)) {
                case 0 -> stream.vanish(RESETS.get(random.nextInt(RESETS.size())));
                case 1 -> stream.setWritable(random.nextBoolean());
                case 2 -> {
                    if (!started) {
                        stream.informational(103);
                    }
                }
                default -> {
                    if (!started) {
                        headed.add(stream);
                        int status = switch (random.nextInt(4)) {
                            case 0 -> 503;
                            case 1 -> stream.head.upgrade() != null ? 101 : 404;
                            default -> 200;
                        };
                        stream.respond(status, new Headers(), status != 101 && random.nextBoolean());
                    } else if (!stream.isResponseEnded()) {
                        if (random.nextInt(4) == 0) {
                            stream.trailers(new Headers());
                        } else {
                            stream.data(buffer(), random.nextBoolean());
                        }
                    }
                }
            }
        }
    }
}
