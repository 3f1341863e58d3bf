package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.REFUSED_STREAM;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.goAway;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.priority;
import static io.weft.proxy.codec.Frame.reset;
import static io.weft.proxy.codec.Frame.window;
import static io.weft.proxy.codec.Rule.ends;
import static io.weft.proxy.codec.Rule.oneOf;
import static io.weft.proxy.codec.Rule.passes;
import static io.weft.proxy.codec.Rule.resets;
import static io.weft.proxy.codec.Rule.rule;
import static io.weft.proxy.codec.Rule.talk;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of RFC 9113 about the states of streams (section 5.1), how many there are, and what is left of those that are over. */
class Http2StreamRulesTest {
    private static final byte[] OPEN = headers(1, 0, FieldBlock.request("POST", "/echo"));
    private static final byte[] HALF_CLOSED = headers(1, END_STREAM, FieldBlock.get("/hang"));
    private static final byte[] ASKED = headers(1, END_STREAM, FieldBlock.get("/ok"));
    private static final byte[] TRAILERS = headers(1, END_STREAM, FieldBlock.of("x-t=1"));
    private static final byte[] AGAIN = headers(1, END_STREAM, FieldBlock.get(Rule.NEVER));
    /** Malformed: its stream is reset. */
    private static final byte[] BAD = headers(1, 0, FieldBlock.request("POST", Rule.NEVER, "connection=close"));

    private static FrameServer server;

    @BeforeAll
    static void start() {
        server = new FrameServer(FrameServer.LIMITS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void forget() {
        server.forget();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"idle", "halfClosed", "closed"})
    void ruleHolds(Rule rule) throws IOException {
        rule.hold(server);
    }

    static List<Rule> idle() {
        return List.of(
                rule("5.1", "no DATA on an idle stream", ends(PROTOCOL_ERROR), data(1, END_STREAM, 1)),
                rule("5.1", "no RST_STREAM on an idle stream", ends(PROTOCOL_ERROR), reset(1, CANCEL)),
                rule("5.1", "no WINDOW_UPDATE on an idle stream", ends(PROTOCOL_ERROR), window(1, 1)),
                rule(
                        "5.1",
                        "no WINDOW_UPDATE on a stream that the server would open",
                        ends(PROTOCOL_ERROR),
                        window(2, 1)),
                rule(
                        "5.1",
                        "no RST_STREAM on a stream that the server would open",
                        ends(PROTOCOL_ERROR),
                        reset(2, CANCEL)),
                rule("5.1", "no DATA above the last stream", ends(PROTOCOL_ERROR), ASKED, data(3, END_STREAM, 1)));
    }

    static List<Rule> halfClosed() {
        return List.of(
                rule(
                        "5.1",
                        "no DATA behind the request's end",
                        oneOf(resets(STREAM_CLOSED), ends(STREAM_CLOSED)),
                        HALF_CLOSED,
                        data(1, 0, 1)),
                rule(
                        "5.1",
                        "no empty DATA behind the request's end",
                        oneOf(resets(STREAM_CLOSED), ends(STREAM_CLOSED)),
                        HALF_CLOSED,
                        data(1, END_STREAM, 0)),
                rule(
                        "5.1",
                        "no HEADERS behind the request's end",
                        oneOf(resets(STREAM_CLOSED), ends(STREAM_CLOSED)),
                        HALF_CLOSED,
                        AGAIN),
                rule(
                        "5.1",
                        "windows may be opened behind the request's end",
                        passes(),
                        HALF_CLOSED,
                        window(1, 1),
                        priority(1, 5)),
                rule("5.1", "a request may be cancelled behind its end", passes(), HALF_CLOSED, reset(1, CANCEL)));
    }

    /** The RFC leaves most of it to the receiver; but it is no request, and does not hurt other streams where a peer may not know yet. */
    static List<Rule> closed() {
        return List.of(
                answered(
                        "DATA on a closed stream",
                        oneOf(passes(), resets(STREAM_CLOSED), ends(STREAM_CLOSED)),
                        data(1, 0, 1)),
                answered(
                        "HEADERS on a closed stream",
                        oneOf(passes(), resets(STREAM_CLOSED), ends(STREAM_CLOSED, PROTOCOL_ERROR)),
                        AGAIN),
                answered("WINDOW_UPDATE may cross the response's end", passes(), window(1, 1)),
                answered("RST_STREAM may cross the response's end", passes(), reset(1, CANCEL)),
                answered("PRIORITY of a closed stream is ignored", passes(), priority(1, 5)),
                rule(
                        "5.1",
                        "no DATA behind the client's reset",
                        oneOf(passes(), resets(STREAM_CLOSED), ends(STREAM_CLOSED)),
                        OPEN,
                        reset(1, CANCEL),
                        data(1, 0, 1)),
                rule(
                        "5.1",
                        "no HEADERS behind the client's reset",
                        oneOf(passes(), resets(STREAM_CLOSED), ends(STREAM_CLOSED, PROTOCOL_ERROR)),
                        OPEN,
                        reset(1, CANCEL),
                        AGAIN),
                rule("5.1", "a stream may be reset twice", passes(), OPEN, reset(1, CANCEL), reset(1, CANCEL)),
                rule(
                        "5.1",
                        "what crosses the server's reset is dropped: DATA",
                        resets(PROTOCOL_ERROR),
                        BAD,
                        data(1, 0, 10),
                        data(1, END_STREAM, 10)),
                rule(
                        "5.1",
                        "what crosses the server's reset is dropped: trailers",
                        resets(PROTOCOL_ERROR),
                        BAD,
                        data(1, 0, 10),
                        TRAILERS),
                rule(
                        "5.1",
                        "what crosses the server's reset is dropped: windows and resets",
                        resets(PROTOCOL_ERROR),
                        BAD,
                        window(1, 1),
                        reset(1, CANCEL),
                        priority(1, 5)),
                talk("5.1", "what comes behind the server's reset is dropped", passes(), client -> {
                    client.send(BAD).await(Frame.RST_STREAM);
                    client.send(data(1, 0, 10), TRAILERS);
                }),
                rule("6.8", "a client's GOAWAY lets its streams end", passes(), goAway(0, NO_ERROR), ASKED));
    }

    private static Rule answered(String says, Rule.Verdict verdict, byte[] frame) {
        return talk("5.1", says, verdict, client -> {
            FramePeer.Outcome outcome = client.send(ASKED).outcome(1);
            assertThat(outcome.answers()).containsEntry(1, "200");
            client.send(frame);
        });
    }

    /** Section 5.1.2; whether the client has acknowledged the setting or not. */
    @Test
    void streamsAboveTheBoundAreRefusedAndOthersGoOn() throws IOException {
        int bound = FrameServer.LIMITS.maxConcurrentStreams();
        try (FramePeer client = FramePeer.connect(server.address())) {
            client.send(FramePeer.PREFACE, Frame.settings());
            for (int i = 0; i < bound; i++) {
                client.get(2 * i + 1, "/hang");
            }
            int above = 2 * bound + 1;
            FramePeer.Outcome outcome = client.get(above, Rule.NEVER).outcome(above);
            assertThat(outcome.resets()).containsExactly(Map.entry(above, REFUSED_STREAM));
            assertThat(server.requestCount()).isEqualTo(bound);
            client.send(reset(1, CANCEL)).expectAnswer(above + 2, "/ok");
        }
        assertThat(server.requests()).doesNotContain(Rule.NEVER);
    }

    /** Section 5.1.2: what is told in the settings. */
    @Test
    void serverTellsItsBoundOfStreams() throws IOException {
        try (FramePeer client = FramePeer.connect(server.address())) {
            byte[] settings = client.send(FramePeer.PREFACE, Frame.settings())
                    .await(Frame.SETTINGS)
                    .payload();
            ByteBuffer values = ByteBuffer.wrap(settings);
            Map<Integer, Integer> told = new HashMap<>();
            while (values.hasRemaining()) {
                told.put((int) values.getShort(), values.getInt());
            }
            assertThat(told)
                    .containsEntry(Frame.MAX_CONCURRENT_STREAMS, 100)
                    .containsEntry(Frame.INITIAL_WINDOW_SIZE, 65_535)
                    .containsEntry(Frame.ENABLE_CONNECT_PROTOCOL, 1);
        }
    }

    /** Sections 5.1 and 4.3: the table of RFC 7541 belongs to the connection, whatever becomes of a stream. */
    @Test
    void fieldsOfStreamsThatAreOverStillEnterTheTable() throws IOException {
        try (FramePeer client = server.client()) {
            client.send(BAD).await(Frame.RST_STREAM);
            byte[] trailers =
                    new FieldBlock().insert("x-late=1").insert(":path=/ok").bytes();
            client.send(headers(1, END_STREAM, trailers));
            byte[] request = new FieldBlock()
                    .literals(":method=GET", ":scheme=http", ":authority=a.example")
                    .indexed(FieldBlock.NEWEST)
                    .bytes();
            client.send(headers(3, END_STREAM, request));
            assertThat(client.outcome(3).answers()).containsEntry(3, "200");
        }
        assertThat(server.requests()).containsExactly("/ok");
    }

    /** Sections 5.1 and 6.9: DATA counts for the connection's window, which must not run dry by streams that are over. */
    @Test
    void dataOfStreamsThatAreOverGivesTheConnectionsWindowBack() throws IOException {
        try (FramePeer client = server.client()) {
            int window = 65_535;
            client.send(BAD).await(Frame.RST_STREAM);
            for (int sent = 0; sent < 500_000; sent += 10_000) {
                while (window < 10_000) {
                    Frame update = client.await(Frame.WINDOW_UPDATE);
                    window += update.stream() == 0 ? update.number() : 0;
                }
                client.send(data(1, 0, 10_000));
                window -= 10_000;
            }
            client.expectAnswer(3, "/ok");
        }
    }

    /** Section 6.9: what a handler did not read when its stream ended is given back too. */
    @Test
    void unreadDataGivesTheConnectionsWindowBackWhenItsStreamEnds() throws IOException {
        try (FramePeer client = server.client()) {
            int window = 65_535;
            for (int stream = 1; stream < 41; stream += 2) {
                client.send(headers(stream, 0, FieldBlock.request("POST", "/deaf")));
                while (window < 30_000) {
                    Frame update = client.await(Frame.WINDOW_UPDATE);
                    window += update.stream() == 0 ? update.number() : 0;
                }
                client.send(Frame.times(2, data(stream, 0, 15_000)), reset(stream, CANCEL));
                window -= 30_000;
            }
            client.expectAnswer(41, "/ok");
        }
    }

    /** Section 5.4.1: a GOAWAY names the last stream that was processed. */
    @Test
    void lastStreamOfAGoAwayIsWhatWasProcessed() throws IOException {
        try (FramePeer client = server.client()) {
            client.expectAnswer(5, "/ok");
            Frame goAway = client.send(Frame.window(0, 0)).await(Frame.GOAWAY);
            assertThat(goAway.error()).isEqualTo(PROTOCOL_ERROR);
            assertThat(goAway.number()).isEqualTo(5);
            // And a close.
            assertThat(client.next()).isNull();
        }
    }

    /** Sections 5.4.1 and 8.7: streams of a connection that fails are told to those above. */
    @Test
    void streamsOfAConnectionThatFailsAreReset() throws IOException {
        try (FramePeer client = server.client()) {
            client.get(1, "/hang").get(3, "/hang").send(Frame.window(0, 0));
            assertThat(client.outcome(1).ended()).isTrue();
            await().untilAsserted(() -> assertThat(server.ends()).hasSize(2));
        }
    }

    /** Section 8.1: RST_STREAM ends what is on its way. */
    @Test
    void cancelReachesTheHandlerAndEndsTheResponse() throws IOException {
        try (FramePeer client = server.client()) {
            client.get(1, "/big/100000000").await(Frame.DATA);
            client.send(reset(1, CANCEL), window(0, 1 << 30));
            await().untilAsserted(() -> assertThat(server.ends()).containsExactly("reset PEER_RESET"));
            client.expectAnswer(3, "/ok");
        }
    }
}
