package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.REFUSED_STREAM;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.goAway;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.reset;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Frame.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.weft.proxy.codec.Http2Caller.Call;
import io.weft.proxy.codec.Http2Caller.Heard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of RFC 9113 for what endpoints answer: a stream that breaks one is reset, and costs other streams nothing. */
class Http2ClientRulesTest {
    private static final byte[] OK = headers(1, END_STREAM, FieldBlock.of(":status=200"));
    private static final byte[] BEGUN = headers(1, 0, FieldBlock.of(":status=200"));
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
     * What an endpoint answers to a GET on stream 1.
     *
     * @param codes of the client's RST_STREAM, or of its GOAWAY
     */
    record Answer(String section, String says, Set<Http2Error> codes, List<byte[]> frames) {
        @Override
        public String toString() {
            return section + " " + says;
        }
    }

    private static Answer answer(String section, String says, Http2Error code, byte[]... frames) {
        return new Answer(section, says, Set.of(code), List.of(frames));
    }

    private static Answer head(String section, String says, String... fields) {
        return answer(section, says, PROTOCOL_ERROR, headers(1, END_STREAM, FieldBlock.of(fields)));
    }

    static List<Answer> malformed() {
        byte[] five = headers(1, 0, FieldBlock.of(":status=200", "content-length=5"));
        return List.of(
                head("8.3.2", "an answer has a :status", "x-a=1"),
                head("8.3.2", "one :status", ":status=200", ":status=200"),
                head("8.3.2", "of three digits", ":status=20"),
                head("8.3.2", "of no more", ":status=2000"),
                head("8.3.2", "and of nothing else", ":status=+20"),
                head("8.6", "there is no 101", ":status=101"),
                head("8.3", "no pseudo-header field of requests", ":status=200", ":path=/"),
                head("8.3", "none behind a field", "x-a=1", ":status=200"),
                head("8.2", "no capitals", ":status=200", "X-A=1"),
                head("8.2.1", "no line ends", ":status=200", "x-a=1\r\nx-b: 2"),
                head("8.2.2", "no connection-specific fields", ":status=200", "connection=close"),
                head("8.2.2", "no codings", ":status=200", "transfer-encoding=chunked"),
                head("8.1", "no informational answer that ends the stream", ":status=103"),
                head("8.1.1", "a length that is no number", ":status=200", "content-length=x"),
                answer("8.1", "no DATA before a head", PROTOCOL_ERROR, data(1, END_STREAM, 1)),
                answer(
                        "8.1",
                        "no DATA before the final head",
                        PROTOCOL_ERROR,
                        headers(1, 0, FieldBlock.of(":status=100")),
                        data(1, END_STREAM, 1)),
                answer("8.1", "trailers end the stream", PROTOCOL_ERROR, BEGUN, headers(1, 0, FieldBlock.of("x-t=1"))),
                answer(
                        "8.1",
                        "no :status among trailers",
                        PROTOCOL_ERROR,
                        BEGUN,
                        headers(1, END_STREAM, FieldBlock.of(":status=200"))),
                answer("8.1.1", "no more DATA than content-length", PROTOCOL_ERROR, five, data(1, END_STREAM, 6)),
                answer("8.1.1", "no less DATA than content-length", PROTOCOL_ERROR, five, data(1, END_STREAM, 4)),
                answer(
                        "8.1",
                        "informational answers have an end",
                        PROTOCOL_ERROR,
                        Frame.times(17, headers(1, 0, FieldBlock.of(":status=103"))),
                        OK),
                answer(
                        "6.9.1",
                        "a stream's window stays below 2^31",
                        FLOW_CONTROL_ERROR,
                        BEGUN,
                        window(1, Integer.MAX_VALUE),
                        window(1, Integer.MAX_VALUE)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void streamIsReset(Answer answer) throws IOException {
        try (Call call = caller.open()) {
            Heard first = call.send(Http2Caller.request("POST"), false);
            call.peer().awaitFields();
            call.peer().send(answer.frames.toArray(byte[][]::new));
            Frame reset = call.peer().await(Frame.RST_STREAM);
            assertThat(reset.stream()).isEqualTo(1);
            assertThat(reset.error()).isIn(answer.codes);
            await().untilAsserted(() -> assertThat(first.events()).last().isEqualTo("reset PROTOCOL_ERROR"));
            Heard second = call.get();
            call.peer().awaitFields();
            call.peer().send(headers(3, END_STREAM, FieldBlock.of(":status=204")));
            await().untilAsserted(() -> assertThat(second.events()).containsExactly("head 204 end"));
            assertThat(call.events()).isEmpty();
        }
    }

    static List<Answer> fatal() {
        byte[] elsewhere = headers(3, END_STREAM, FieldBlock.of(":status=200"));
        return List.of(
                answer("5.1", "no HEADERS on a stream that was not opened", PROTOCOL_ERROR, elsewhere),
                answer("5.1", "no DATA on a stream that was not opened", PROTOCOL_ERROR, data(3, END_STREAM, 1)),
                answer("5.1", "no RST_STREAM on a stream that was not opened", PROTOCOL_ERROR, reset(3, CANCEL)),
                answer("5.1", "no WINDOW_UPDATE on a stream that was not opened", PROTOCOL_ERROR, window(3, 1)),
                answer(
                        "5.1.1",
                        "servers open no streams",
                        PROTOCOL_ERROR,
                        headers(2, END_STREAM, FieldBlock.of(":status=200"))),
                answer(
                        "8.4",
                        "nothing is pushed",
                        PROTOCOL_ERROR,
                        frame(
                                Frame.PUSH_PROMISE,
                                Frame.END_HEADERS,
                                1,
                                Frame.join(Frame.int32(2), FieldBlock.get("/")))),
                answer("6.5.2", "servers do not enable pushes", PROTOCOL_ERROR, settings(Frame.ENABLE_PUSH, 1)),
                answer(
                        "6.5.2",
                        "a window is less than 2^31",
                        FLOW_CONTROL_ERROR,
                        settings(Frame.INITIAL_WINDOW_SIZE, -1)),
                answer("6.9", "the connection's window is opened by more than 0", PROTOCOL_ERROR, window(0, 0)),
                answer(
                        "6.9.1",
                        "the connection's window stays below 2^31",
                        FLOW_CONTROL_ERROR,
                        window(0, Integer.MAX_VALUE)),
                answer(
                        "4.2",
                        "frames are no larger than SETTINGS_MAX_FRAME_SIZE",
                        FRAME_SIZE_ERROR,
                        Frame.begun(Frame.HEADERS, 4, 1, 16_385),
                        new byte[16_385]),
                answer(
                        "6.10",
                        "a header block is not interrupted",
                        PROTOCOL_ERROR,
                        frame(Frame.HEADERS, 0, 1, FieldBlock.of(":status=200")),
                        Frame.ping()),
                answer(
                        "4.3",
                        "a header block can be read",
                        Http2Error.COMPRESSION_ERROR,
                        headers(
                                1,
                                END_STREAM,
                                new FieldBlock().indexed(FieldBlock.NEWEST).bytes())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fatal")
    void connectionEnds(Answer answer) throws IOException {
        try (Call call = caller.open()) {
            Heard first = call.send(Http2Caller.request("POST"), false);
            call.peer().awaitFields();
            FramePeer.Outcome outcome =
                    call.peer().send(answer.frames.toArray(byte[][]::new)).outcome(1);
            assertThat(outcome.ended()).as(outcome::toString).isTrue();
            assertThat(outcome.goAway()).isIn(answer.codes);
            assertThat(call.available()).isZero();
            assertThat(first.events()).singleElement().asString().startsWith("reset ");
        }
    }

    /** Section 3.4: the server's preface is SETTINGS. */
    @Test
    void serverBeginsWithSettings() throws IOException {
        for (byte[] first : List.of(
                Frame.ping(),
                frame(Frame.SETTINGS, Frame.ACK, 0),
                "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII))) {
            try (Call call = caller.connect()) {
                Heard heard = call.get();
                call.peer().expectPreface();
                FramePeer.Outcome outcome = call.peer().send(first).outcome(3);
                assertThat(outcome.ended()).as(outcome::toString).isTrue();
                assertThat(outcome.goAway()).isIn(null, PROTOCOL_ERROR, FRAME_SIZE_ERROR);
                await().untilAsserted(() ->
                        assertThat(heard.events()).singleElement().asString().startsWith("reset "));
            }
        }
    }

    @Test
    void serverOfHttp1IsTakenForOne() throws IOException {
        try (Call call = caller.connect()) {
            call.get();
            call.peer().expectPreface();
            call.peer().send("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] said = call.peer().await(Frame.GOAWAY).payload();
            assertThat(new String(said, StandardCharsets.US_ASCII)).endsWith("its port's protocol is http");
        }
    }

    /** Section 3.4: requests need not wait for the server's settings; what the client's own say. */
    @Test
    void clientBeginsWithItsSettings() throws IOException {
        try (Call call = caller.connect()) {
            call.get();
            call.peer().expectPreface();
            Frame first = call.peer().next();
            assertThat(first).isNotNull();
            assertThat(first.type()).isEqualTo(Frame.SETTINGS);
            // ENABLE_PUSH of 0 (section 6.5.2).
            assertThat(first.payload()).containsSequence(0, Frame.ENABLE_PUSH, 0, 0, 0, 0);
            Http2Headers fields = call.peer().awaitFields();
            assertThat(fields.names().stream().map(CharSequence::toString))
                    .containsExactlyInAnyOrder(":method", ":scheme", ":path", ":authority");
        }
    }

    /** Section 6.8: streams above the last one were not processed; others go on. */
    @Test
    void goAwayRefusesWhatIsAboveItsLastStream() throws IOException {
        try (Call call = caller.open()) {
            Heard first = call.get();
            Heard second = call.get();
            call.peer().awaitFields();
            call.peer().awaitFields();
            call.peer().send(goAway(1, NO_ERROR));
            await().untilAsserted(() -> assertThat(second.events()).containsExactly("reset REFUSED"));
            assertThat(call.available()).isZero();
            assertThat(call.events()).containsExactly("draining");
            call.peer().send(OK);
            await().untilAsserted(() -> assertThat(first.events()).containsExactly("head 200 end"));
            await().untilAsserted(() -> assertThat(call.events()).containsExactly("draining", "closed"));
        }
    }

    /** Section 6.8: a first GOAWAY tells that a second will come. */
    @Test
    void goAwayMayComeTwice() throws IOException {
        try (Call call = caller.open()) {
            Heard first = call.get();
            Heard second = call.get();
            call.peer().awaitFields();
            call.peer().awaitFields();
            call.peer().send(goAway(Integer.MAX_VALUE, NO_ERROR), Frame.ping()).await(Frame.PING);
            assertThat(call.available()).isZero();
            assertThat(second.events()).isEmpty();
            call.peer().send(goAway(1, NO_ERROR));
            await().untilAsserted(() -> assertThat(second.events()).containsExactly("reset REFUSED"));
            call.peer().send(OK);
            await().untilAsserted(() -> assertThat(first.events()).containsExactly("head 200 end"));
        }
    }

    /** Section 6.8: of a server that fails, what it did not process can be tried elsewhere too. */
    @Test
    void goAwayOfAnErrorRefusesWhatIsAboveItsLastStream() throws IOException {
        try (Call call = caller.open()) {
            Heard heard = call.get();
            call.peer().awaitFields();
            call.peer().send(goAway(0, Http2Error.ENHANCE_YOUR_CALM)).close();
            await().untilAsserted(() -> assertThat(heard.events()).containsExactly("reset REFUSED"));
        }
    }

    /** Sections 8.7 and 8.1. */
    @Test
    void resetsOfTheServerSayWhetherItProcessedTheStream() throws IOException {
        try (Call call = caller.open()) {
            Heard refused = call.get();
            Heard cancelled = call.get();
            Heard stopped = call.send(Http2Caller.request("POST"), false);
            Heard unfinished = call.send(Http2Caller.request("POST"), false);
            call.peer().send(reset(1, REFUSED_STREAM), reset(3, CANCEL));
            // A complete answer, and no wish for the rest of the request.
            call.peer().send(headers(5, END_STREAM, FieldBlock.of(":status=413")), reset(5, NO_ERROR));
            call.peer().send(headers(7, 0, FieldBlock.of(":status=200")), reset(7, NO_ERROR));
            await().untilAsserted(() -> {
                assertThat(refused.events()).containsExactly("reset REFUSED");
                assertThat(cancelled.events()).containsExactly("reset PEER_RESET");
                assertThat(stopped.events()).containsExactly("head 413 end");
                assertThat(unfinished.events()).containsExactly("head 200", "reset PEER_RESET");
            });
            assertThat(call.onLoop(ClientConnection::activeStreams)).isZero();
        }
    }

    /** Section 5.1.2. */
    @Test
    void clientKeepsTheServersBoundOfStreams() throws IOException {
        try (Call call = caller.open(Frame.MAX_CONCURRENT_STREAMS, 2)) {
            assertThat(call.available()).isEqualTo(2);
            call.get();
            Heard second = call.get();
            assertThat(call.available()).isZero();
            // Lowered below what is open: those go on.
            call.peer()
                    .send(settings(Frame.MAX_CONCURRENT_STREAMS, 1), OK, Frame.ping())
                    .await(Frame.PING);
            assertThat(call.available()).isZero();
            call.peer()
                    .send(headers(3, END_STREAM, FieldBlock.of(":status=200")), Frame.ping())
                    .await(Frame.PING);
            assertThat(second.events()).containsExactly("head 200 end");
            assertThat(call.available()).isEqualTo(1);
            call.peer()
                    .send(settings(Frame.MAX_CONCURRENT_STREAMS, 0), Frame.ping())
                    .await(Frame.PING);
            assertThat(call.available()).isZero();
            call.peer()
                    .send(settings(Frame.MAX_CONCURRENT_STREAMS, 5), Frame.ping())
                    .await(Frame.PING);
            assertThat(call.available()).isEqualTo(5);
        }
    }

    /** Section 5.1: what crosses the client's reset is dropped, its fields enter the table (4.3), and its DATA opens the connection's window again (6.9). */
    @Test
    void whatCrossesTheClientsResetCostsOthersNothing() throws IOException {
        try (Call call = caller.open()) {
            Heard cancelled = call.get();
            call.peer().awaitFields();
            call.onLoop(open -> {
                cancelled.stream().reset();
                return "";
            });
            call.peer().await(Frame.RST_STREAM);
            call.peer()
                    .send(headers(
                            1,
                            0,
                            new FieldBlock()
                                    .literals(":status=200")
                                    .insert("x-a=1")
                                    .bytes()));
            int window = 65_535;
            for (int sent = 0; sent < 300_000; sent += 10_000) {
                while (window < 10_000) {
                    Frame update = call.peer().await(Frame.WINDOW_UPDATE);
                    window += update.stream() == 0 ? update.number() : 0;
                }
                call.peer().send(data(1, 0, 10_000));
                window -= 10_000;
            }
            Heard next = call.get();
            call.peer()
                    .send(headers(
                            3,
                            END_STREAM,
                            new FieldBlock()
                                    .literals(":status=200")
                                    .indexed(FieldBlock.NEWEST)
                                    .bytes()));
            await().untilAsserted(() -> assertThat(next.events()).containsExactly("head 200 end"));
            assertThat(cancelled.events()).isEmpty();
        }
    }

    /** Section 5.1: the stream is over on both sides. */
    @Test
    void framesBehindTheAnswersEndAreNoAnswer() throws IOException {
        try (Call call = caller.open()) {
            Heard first = call.get();
            Heard second = call.get();
            call.peer().awaitFields();
            call.peer()
                    .send(OK, window(1, 1), Frame.priority(1, 5), reset(1, CANCEL), Frame.ping())
                    .await(Frame.PING);
            call.peer().send(headers(3, END_STREAM, FieldBlock.of(":status=200")));
            await().untilAsserted(() -> assertThat(second.events()).containsExactly("head 200 end"));
            assertThat(first.events()).containsExactly("head 200 end");
        }
        try (Call call = caller.open()) {
            Heard first = call.send(Http2Caller.request("POST"), false);
            call.peer().awaitFields();
            FramePeer.Outcome outcome =
                    call.peer().send(OK, data(1, END_STREAM, 1)).outcome(1);
            assertThat(outcome.goAway() == null ? outcome.resets().get(1) : outcome.goAway())
                    .isEqualTo(STREAM_CLOSED);
            assertThat(first.events()).containsExactly("head 200 end");
        }
    }

    /** Section 8.1.1: answers that have no body may say how long it would be. */
    @Test
    void lengthOfAnAnswerWithoutABodyIsNoMistake() throws IOException {
        try (Call call = caller.open()) {
            Heard head = call.send(Http2Caller.request("HEAD"), true);
            Heard unchanged = call.get();
            call.peer()
                    .send(
                            headers(1, END_STREAM, FieldBlock.of(":status=200", "content-length=5")),
                            headers(3, END_STREAM, FieldBlock.of(":status=304", "content-length=5")));
            await().untilAsserted(() -> assertThat(head.events()).containsExactly("head 200 end"));
            await().untilAsserted(() -> assertThat(unchanged.events()).containsExactly("head 304 end"));
        }
    }

    /** RFC 8441, section 3: without the setting there are no upgrades; with it they are CONNECT with :protocol. */
    @Test
    void upgradesNeedTheServersSetting() throws IOException {
        RequestHead upgrade = new RequestHead("GET", "http", "a.example", "/chat", new Headers(), "websocket", false);
        try (Call call = caller.open()) {
            Heard refused = call.send(upgrade, false);
            await().untilAsserted(() -> assertThat(refused.events()).containsExactly("reset PROTOCOL_ERROR"));
            assertThat(call.onLoop(ClientConnection::activeStreams)).isZero();
        }
        try (Call call = caller.open(Frame.ENABLE_CONNECT_PROTOCOL, 1)) {
            Heard accepted = call.send(upgrade, false);
            Http2Headers fields = call.peer().awaitFields();
            assertThat(fields.method()).hasToString("CONNECT");
            assertThat(fields.get(":protocol")).hasToString("websocket");
            assertThat(fields.path()).hasToString("/chat");
            call.peer().send(BEGUN);
            await().untilAsserted(() -> assertThat(accepted.events()).containsExactly("head 101"));
        }
    }

    /** Section 10.5.1: fields beyond the bound are too much of one stream alone. */
    @Test
    void answersBeyondTheBoundOfFieldsAreReset() throws IOException {
        try (Call call = caller.open()) {
            String[] many = new String[102];
            java.util.Arrays.setAll(many, i -> i == 0 ? ":status=200" : "x-" + i + "=1");
            Heard first = call.get();
            call.peer().awaitFields();
            call.peer().send(headers(1, END_STREAM, FieldBlock.of(many))).await(Frame.RST_STREAM);
            await().untilAsserted(() ->
                    assertThat(first.events()).singleElement().asString().startsWith("reset "));
            Heard next = call.get();
            call.peer().send(headers(3, END_STREAM, FieldBlock.of(":status=200")));
            await().untilAsserted(() -> assertThat(next.events()).containsExactly("head 200 end"));
        }
    }
}
