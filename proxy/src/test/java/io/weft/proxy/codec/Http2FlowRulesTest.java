package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.weft.proxy.codec.Frame.DATA;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.INITIAL_WINDOW_SIZE;
import static io.weft.proxy.codec.Frame.PADDED;
import static io.weft.proxy.codec.Frame.PING;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Frame.window;
import static io.weft.proxy.codec.Rule.ends;
import static io.weft.proxy.codec.Rule.oneOf;
import static io.weft.proxy.codec.Rule.passes;
import static io.weft.proxy.codec.Rule.resets;
import static io.weft.proxy.codec.Rule.rule;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of RFC 9113 about flow control (sections 5.2 and 6.9). */
class Http2FlowRulesTest {
    private static final int MOST = Integer.MAX_VALUE;
    private static final int INITIAL = 65_535;
    private static final byte[] OPEN = headers(1, 0, FieldBlock.request("POST", "/echo"));
    private static final byte[] HANG = headers(1, END_STREAM, FieldBlock.get("/hang"));
    private static FrameServer server;

    @BeforeAll
    static void start() {
        server = new FrameServer(FrameServer.LIMITS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"increments", "excess"})
    void ruleHolds(Rule rule) throws IOException {
        rule.hold(server);
    }

    static List<Rule> increments() {
        return List.of(
                rule("6.9", "the connection's window is opened by more than 0", ends(PROTOCOL_ERROR), window(0, 0)),
                rule(
                        "6.9",
                        "a stream's window is opened by more than 0",
                        oneOf(resets(PROTOCOL_ERROR), ends(PROTOCOL_ERROR)),
                        HANG,
                        window(1, 0)),
                rule(
                        "6.9",
                        "the reserved bit of an increment is ignored",
                        oneOf(resets(PROTOCOL_ERROR), ends(PROTOCOL_ERROR)),
                        HANG,
                        window(1, Integer.MIN_VALUE)),
                rule("6.9.1", "the connection's window stays below 2^31", ends(FLOW_CONTROL_ERROR), window(0, MOST)),
                rule(
                        "6.9.1",
                        "so it does by small steps",
                        ends(FLOW_CONTROL_ERROR),
                        window(0, MOST - INITIAL),
                        window(0, 1)),
                rule("6.9.1", "a stream's window stays below 2^31", resets(FLOW_CONTROL_ERROR), HANG, window(1, MOST)),
                rule(
                        "6.9.1",
                        "windows may be opened as far as that",
                        passes(),
                        HANG,
                        window(1, MOST - INITIAL),
                        window(0, MOST - INITIAL)),
                rule(
                        "6.9.2",
                        "settings open no stream's window beyond it",
                        ends(FLOW_CONTROL_ERROR),
                        HANG,
                        window(1, MOST - INITIAL),
                        settings(INITIAL_WINDOW_SIZE, INITIAL + 1)),
                rule(
                        "6.9.2",
                        "settings say nothing of the connection's window",
                        passes(),
                        window(0, MOST - INITIAL),
                        settings(INITIAL_WINDOW_SIZE, MOST)));
    }

    /** The windows of streams are 65,535 bytes; /deaf reads nothing. */
    static List<Rule> excess() {
        byte[] first = headers(1, 0, FieldBlock.request("POST", "/deaf"));
        return List.of(rule(
                "6.9.1",
                "a client sends no more than a stream's window",
                oneOf(resets(FLOW_CONTROL_ERROR), ends(FLOW_CONTROL_ERROR)),
                first,
                Frame.times(50, data(1, 0, 16_384))));
    }

    /** Section 6.9.1: padding counts, and is given back. */
    @Test
    void paddingCountsForTheWindowsAndIsGivenBack() throws IOException {
        byte[] padded = new byte[257];
        padded[0] = (byte) 255;
        try (FramePeer client = server.client(OPEN)) {
            int stream = INITIAL;
            int connection = INITIAL;
            for (int i = 0; i < 1_000; i++) {
                while (stream < 1_000 || connection < 1_000) {
                    Frame update = client.await(Frame.WINDOW_UPDATE);
                    stream += update.stream() == 1 ? update.number() : 0;
                    connection += update.stream() == 0 ? update.number() : 0;
                }
                client.send(frame(DATA, PADDED, 1, padded));
                stream -= padded.length;
                connection -= padded.length;
            }
            client.send(data(1, END_STREAM, 0));
            assertThat(client.outcome(1).answers()).containsEntry(1, "200");
        }
    }

    /** What came of DATA before the answer to a PING, by streams. */
    private static Map<Integer, Integer> received(FramePeer client) throws IOException {
        client.send(ping());
        Map<Integer, Integer> bytes = new HashMap<>();
        for (Frame frame = client.next(); frame != null && frame.type() != PING; frame = client.next()) {
            if (frame.type() == DATA) {
                assertThat(frame.payload().length).isLessThanOrEqualTo(16_384);
                bytes.merge(frame.stream(), frame.payload().length, Integer::sum);
            }
        }
        return bytes;
    }

    /** Until a stream got so many bytes; fails where it gets more. */
    private static void expectBytes(FramePeer client, int stream, int count) throws IOException {
        int got = 0;
        while (got < count) {
            Frame frame = client.await(DATA);
            assertThat(frame.stream()).isEqualTo(stream);
            got += frame.payload().length;
        }
        assertThat(got).isEqualTo(count);
        assertThat(received(client)).isEmpty();
    }

    /** Section 6.9.2: the initial window is of each stream, and changes those that are open. */
    @Test
    void windowsOfStreamsAreKept() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 0))) {
            client.get(1, "/big/1000").await(Frame.HEADERS);
            assertThat(received(client)).isEmpty();
            client.send(window(1, 10));
            expectBytes(client, 1, 10);
            client.send(settings(INITIAL_WINDOW_SIZE, 20));
            expectBytes(client, 1, 20);
            client.send(settings(INITIAL_WINDOW_SIZE, 2_000));
            expectBytes(client, 1, 970);
        }
    }

    /** Section 6.9.2: a window can be negative, and is opened from there. */
    @Test
    void windowsMayBecomeNegative() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 100))) {
            client.get(1, "/big/1000");
            expectBytes(client, 1, 100);
            client.send(settings(INITIAL_WINDOW_SIZE, 40));
            assertThat(received(client)).isEmpty();
            client.send(window(1, 60));
            assertThat(received(client)).isEmpty();
            client.send(window(1, 5));
            expectBytes(client, 1, 5);
            client.send(settings(INITIAL_WINDOW_SIZE, 50));
            expectBytes(client, 1, 10);
        }
    }

    /** Section 6.9.1: many streams share the connection's window. */
    @Test
    void windowOfTheConnectionIsKept() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 1 << 30))) {
            client.get(1, "/big/50000").get(3, "/big/50000");
            int got = 0;
            while (got < INITIAL) {
                got += client.await(DATA).payload().length;
            }
            assertThat(got).isEqualTo(INITIAL);
            assertThat(received(client)).isEmpty();
            client.send(window(0, 100_000));
            while (got < 100_000) {
                got += client.await(DATA).payload().length;
            }
            assertThat(got).isEqualTo(100_000);
        }
    }

    /** Section 5.2: a window that opens by little serves all streams that wait, not one after the other. */
    @Test
    void streamsShareTheConnectionsWindow() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 1 << 30))) {
            for (int stream = 1; stream < 17; stream += 2) {
                client.get(stream, "/big/10000000");
            }
            Map<Integer, Integer> bytes = new HashMap<>();
            for (int got = 0; got < 1_000_000; ) {
                Frame frame = client.await(DATA);
                got += frame.payload().length;
                bytes.merge(frame.stream(), frame.payload().length, Integer::sum);
                client.send(window(0, frame.payload().length));
            }
            assertThat(bytes).hasSize(8);
            assertThat(bytes.values()).allSatisfy(each -> assertThat(each).isBetween(40_000, 400_000));
        }
    }

    /** Section 6.9.1: an empty frame needs no window. */
    @Test
    void streamsEndWithoutAWindow() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 2))) {
            // Its two bytes take the whole window.
            client.send(headers(1, 0, FieldBlock.request("POST", "/echo")), data(1, END_STREAM, 10));
            assertThat(client.outcome(1).bodies()).containsEntry(1, 2);
        }
    }

    /** Section 5.2.2: nor is the connection's window used up by a stream that nobody reads. */
    @Test
    void streamThatNobodyReadsHoldsUpNoOther() throws IOException {
        try (FramePeer client = server.client(headers(1, 0, FieldBlock.request("POST", "/deaf")), ping())) {
            client.await(PING);
            client.send(Frame.times(4, data(1, 0, 16_000)));
            client.send(headers(3, 0, FieldBlock.request("POST", "/echo")));
            int stream = INITIAL;
            int connection = INITIAL - 64_000;
            for (int sent = 0; sent < 200_000; sent += 10_000) {
                while (stream < 10_000 || connection < 10_000) {
                    Frame update = client.await(Frame.WINDOW_UPDATE);
                    stream += update.stream() == 3 ? update.number() : 0;
                    connection += update.stream() == 0 ? update.number() : 0;
                }
                client.send(data(3, sent == 190_000 ? END_STREAM : 0, 10_000));
                stream -= 10_000;
                connection -= 10_000;
            }
            assertThat(client.outcome(3).answers()).containsEntry(3, "200");
        }
    }

    /** Section 5.2.2: what nobody reads opens no window. */
    @Test
    void windowStaysClosedWhileNobodyReads() throws IOException {
        try (FramePeer client = server.client(headers(1, 0, FieldBlock.request("POST", "/deaf")), ping())) {
            client.await(PING);
            client.send(Frame.times(4, data(1, 0, 16_000)), ping());
            for (Frame frame = client.next(); frame != null && frame.type() != PING; frame = client.next()) {
                assertThat(frame.type() == Frame.WINDOW_UPDATE && frame.stream() == 1)
                        .as("a window of %s bytes", frame.payload().length)
                        .isFalse();
            }
        }
    }

    /** Sections 6.5.2 and 4.2: frames grow no larger than the client said, and may as soon as it said so. */
    @Test
    void framesAreNoLargerThanTheClientWants() throws IOException {
        try (FramePeer client = server.client(settings(INITIAL_WINDOW_SIZE, 1 << 30), window(0, 1 << 30))) {
            client.get(1, "/big/200000");
            for (int got = 0; got < 200_000; ) {
                Frame frame = client.await(DATA);
                assertThat(frame.payload().length).isLessThanOrEqualTo(16_384);
                got += frame.payload().length;
            }
        }
    }

    /** RFC 7541, section 4.2: a table that the client makes smaller is used no further, and its change is told first. */
    @Test
    void tableOfFieldsIsNoLargerThanTheClientWants() throws Exception {
        try (FramePeer client = server.client()) {
            client.expectAnswer(1, "/ok").expectAnswer(3, "/ok");
            client.send(settings(Frame.HEADER_TABLE_SIZE, 0), ping()).await(PING);
            client.decoder().configuration().maxHeaderTableSize(0);
            client.expectAnswer(5, "/ok").expectAnswer(7, "/ok");
            client.send(settings(Frame.HEADER_TABLE_SIZE, 4_096), ping()).await(PING);
            client.decoder().configuration().maxHeaderTableSize(4_096);
            client.expectAnswer(9, "/ok").expectAnswer(11, "/ok");
        }
    }
}
