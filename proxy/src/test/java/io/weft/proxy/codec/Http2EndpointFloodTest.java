package io.weft.proxy.codec;

import static io.weft.proxy.codec.Frame.CONTINUATION;
import static io.weft.proxy.codec.Frame.HEADERS;
import static io.weft.proxy.codec.Frame.UNKNOWN;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.priority;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Frame.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import io.weft.proxy.codec.Http2Caller.Call;
import io.weft.proxy.codec.Http2Caller.Heard;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Endpoints that send what costs them little: their connection ends, and another endpoint of the same event loop is asked on. */
class Http2EndpointFloodTest {
    private static final int FRAMES_A_ROUND = 500;
    private static final int ROUNDS = 600;
    private static final byte[] BEGUN = headers(1, 0, FieldBlock.of(":status=200"));
    private static final ConditionFactory SOON =
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
    private static Http2Caller caller;

    @BeforeAll
    static void start() throws IOException {
        caller = new Http2Caller();
    }

    @AfterAll
    static void stop() throws IOException {
        caller.close();
    }

    /**
     * What an endpoint sends again and again.
     *
     * @param first what comes before
     */
    record Attack(String name, List<byte[]> first, List<byte[]> again) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Attack attack(String name, byte[] again, byte[]... first) {
        return new Attack(name, List.of(first), List.of(Frame.times(FRAMES_A_ROUND, again)));
    }

    static List<Attack> attacks() {
        return List.of(
                attack("PING", ping()),
                attack("SETTINGS", settings()),
                attack("WINDOW_UPDATE", window(1, 1)),
                attack("PRIORITY", priority(1, 5)),
                attack("frames of an unknown type", frame(UNKNOWN, 0, 0)),
                attack("GOAWAY", Frame.goAway(1, Http2Error.NO_ERROR)),
                attack("empty DATA", data(1, 0, 0), BEGUN),
                attack("empty CONTINUATION", frame(CONTINUATION, 0, 1), frame(HEADERS, 0, 1)),
                attack(
                        "CONTINUATION without an end",
                        frame(CONTINUATION, 0, 1, FieldBlock.of("x-a=" + "a".repeat(100))),
                        frame(HEADERS, 0, 1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void attackerIsStoppedAndAnotherEndpointAsked(Attack attack) throws Exception {
        try (Call attacked = caller.open();
                Call other = caller.open()) {
            Heard heard = attacked.send(Http2Caller.request("POST"), false);
            FramePeer attacker = attacked.peer();
            attacker.awaitFields();
            attacker.send(attack.first.toArray(byte[][]::new));
            CompletableFuture<FramePeer.Outcome> stopped = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    stopped.complete(attacker.outcome(3));
                } catch (IOException e) {
                    stopped.completeExceptionally(e);
                }
            });
            Thread flood = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < ROUNDS && !stopped.isDone() && attacker.trySend(attack.again.getFirst()); i++) {}
            });
            int stream = 1;
            while (flood.isAlive() || stream < 20) {
                Heard answered = other.get();
                other.peer().awaitFields();
                other.peer().send(headers(stream, Frame.END_STREAM, FieldBlock.of(":status=204")));
                SOON.untilAsserted(() -> assertThat(answered.events()).containsExactly("head 204 end"));
                stream += 2;
            }
            assertThat(stopped.get(10, TimeUnit.SECONDS).goAway())
                    .isIn(Http2Error.ENHANCE_YOUR_CALM, Http2Error.PROTOCOL_ERROR);
            assertThat(attacked.available()).isZero();
            assertThat(heard.events()).last().asString().startsWith("reset ");
            assertThat(other.events()).isEmpty();
        }
    }
}
