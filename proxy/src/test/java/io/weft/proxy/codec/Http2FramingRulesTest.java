package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;
import static io.weft.proxy.codec.Frame.ACK;
import static io.weft.proxy.codec.Frame.CONTINUATION;
import static io.weft.proxy.codec.Frame.DATA;
import static io.weft.proxy.codec.Frame.END_HEADERS;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.GOAWAY;
import static io.weft.proxy.codec.Frame.HEADERS;
import static io.weft.proxy.codec.Frame.INITIAL_WINDOW_SIZE;
import static io.weft.proxy.codec.Frame.PADDED;
import static io.weft.proxy.codec.Frame.PING;
import static io.weft.proxy.codec.Frame.PRIORITY_FIELDS;
import static io.weft.proxy.codec.Frame.PUSH_PROMISE;
import static io.weft.proxy.codec.Frame.RST_STREAM;
import static io.weft.proxy.codec.Frame.SETTINGS;
import static io.weft.proxy.codec.Frame.UNKNOWN;
import static io.weft.proxy.codec.Frame.WINDOW_UPDATE;
import static io.weft.proxy.codec.Frame.begun;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.join;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.priority;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Rule.ends;
import static io.weft.proxy.codec.Rule.oneOf;
import static io.weft.proxy.codec.Rule.passes;
import static io.weft.proxy.codec.Rule.resets;
import static io.weft.proxy.codec.Rule.rule;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of RFC 9113 about frames: their sizes, streams, padding, header blocks and settings. */
class Http2FramingRulesTest {
    private static final byte[] GET = FieldBlock.get("/ok");
    private static final byte[] OPEN = headers(1, 0, FieldBlock.request("POST", "/echo"));
    private static final int BEYOND_FRAME_SIZE = 16_385;
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
    @MethodSource({"sizes", "streams", "padding", "headerBlocks", "settingsValues", "unknown"})
    void ruleHolds(Rule rule) throws IOException {
        rule.hold(server);
    }

    static List<Rule> sizes() {
        return List.of(
                rule("6.7", "a PING is 8 bytes, not 7", ends(FRAME_SIZE_ERROR), frame(PING, 0, 0, new byte[7])),
                rule("6.7", "a PING is 8 bytes, not 9", ends(FRAME_SIZE_ERROR), frame(PING, 0, 0, new byte[9])),
                rule("6.5", "SETTINGS are sixes", ends(FRAME_SIZE_ERROR), frame(SETTINGS, 0, 0, new byte[5])),
                rule(
                        "6.5",
                        "an ACK of settings is empty",
                        ends(FRAME_SIZE_ERROR),
                        frame(SETTINGS, ACK, 0, new byte[6])),
                rule(
                        "6.4",
                        "a RST_STREAM is 4 bytes, not 3",
                        ends(FRAME_SIZE_ERROR),
                        OPEN,
                        frame(RST_STREAM, 0, 1, new byte[3])),
                rule(
                        "6.4",
                        "a RST_STREAM is 4 bytes, not 5",
                        ends(FRAME_SIZE_ERROR),
                        OPEN,
                        frame(RST_STREAM, 0, 1, new byte[5])),
                rule(
                        "6.9",
                        "a WINDOW_UPDATE is 4 bytes, not 3",
                        ends(FRAME_SIZE_ERROR),
                        frame(WINDOW_UPDATE, 0, 0, new byte[3])),
                rule(
                        "6.9",
                        "a stream's WINDOW_UPDATE is 4 bytes, not 5",
                        ends(FRAME_SIZE_ERROR),
                        OPEN,
                        frame(WINDOW_UPDATE, 0, 1, new byte[] {1, 1, 1, 1, 1})),
                rule(
                        "6.3",
                        "a PRIORITY is 5 bytes, not 4",
                        oneOf(resets(FRAME_SIZE_ERROR), ends(FRAME_SIZE_ERROR)),
                        OPEN,
                        priority(1, 4)),
                rule(
                        "6.3",
                        "a PRIORITY is 5 bytes, not 6",
                        oneOf(resets(FRAME_SIZE_ERROR), ends(FRAME_SIZE_ERROR)),
                        OPEN,
                        priority(1, 6)),
                rule("6.8", "a GOAWAY is 8 bytes at least", ends(FRAME_SIZE_ERROR), frame(GOAWAY, 0, 0, new byte[7])),
                rule(
                        "6.2",
                        "priority fields are 5 bytes",
                        ends(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
                        frame(HEADERS, END_HEADERS | END_STREAM | PRIORITY_FIELDS, 1, new byte[4])),
                rule(
                        "4.2",
                        "DATA has no more than SETTINGS_MAX_FRAME_SIZE",
                        oneOf(ends(FRAME_SIZE_ERROR), resets(FRAME_SIZE_ERROR)),
                        OPEN,
                        data(1, 0, BEYOND_FRAME_SIZE)),
                rule(
                        "4.2",
                        "HEADERS have no more than SETTINGS_MAX_FRAME_SIZE",
                        ends(FRAME_SIZE_ERROR),
                        headers(1, END_STREAM, join(GET, FieldBlock.of("x-a=" + "a".repeat(BEYOND_FRAME_SIZE))))),
                rule(
                        "4.2",
                        "SETTINGS have no more than SETTINGS_MAX_FRAME_SIZE",
                        ends(FRAME_SIZE_ERROR),
                        frame(SETTINGS, 0, 0, new byte[16_386])),
                rule(
                        "4.2",
                        "what is unknown has no more than SETTINGS_MAX_FRAME_SIZE",
                        ends(FRAME_SIZE_ERROR),
                        frame(UNKNOWN, 0, 0, new byte[BEYOND_FRAME_SIZE])),
                rule(
                        "4.2",
                        "a frame of 16 MiB is refused before it is there",
                        ends(FRAME_SIZE_ERROR),
                        begun(SETTINGS, 0, 0, 0xFF_FFFF)),
                rule(
                        "4.2",
                        "DATA of SETTINGS_MAX_FRAME_SIZE passes",
                        passes(),
                        OPEN,
                        data(1, END_STREAM, BEYOND_FRAME_SIZE - 1)));
    }

    static List<Rule> streams() {
        return List.of(
                rule(
                        "5.1.1",
                        "clients open odd streams",
                        ends(PROTOCOL_ERROR),
                        headers(2, END_STREAM, FieldBlock.get(Rule.NEVER))),
                rule(
                        "5.1.1",
                        "streams are opened in rising order",
                        oneOf(ends(PROTOCOL_ERROR, STREAM_CLOSED), resets(STREAM_CLOSED)),
                        headers(5, END_STREAM, GET),
                        headers(1, END_STREAM, FieldBlock.get(Rule.NEVER))),
                rule("6.1", "DATA belongs to a stream", ends(PROTOCOL_ERROR), data(0, 0, 1)),
                rule(
                        "6.2",
                        "HEADERS belong to a stream",
                        ends(PROTOCOL_ERROR),
                        headers(0, END_STREAM, FieldBlock.get(Rule.NEVER))),
                rule("6.3", "PRIORITY belongs to a stream", ends(PROTOCOL_ERROR), priority(0, 5)),
                rule(
                        "6.4",
                        "RST_STREAM belongs to a stream",
                        ends(PROTOCOL_ERROR),
                        frame(RST_STREAM, 0, 0, new byte[4])),
                rule(
                        "6.10",
                        "CONTINUATION belongs to a stream",
                        ends(PROTOCOL_ERROR),
                        frame(HEADERS, END_STREAM, 1, GET),
                        frame(CONTINUATION, END_HEADERS, 0)),
                rule("6.5", "SETTINGS belong to the connection", ends(PROTOCOL_ERROR), OPEN, frame(SETTINGS, 0, 1)),
                rule(
                        "6.7",
                        "PING belongs to the connection",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(PING, 0, 1, new byte[8])),
                rule(
                        "6.8",
                        "GOAWAY belongs to the connection",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(GOAWAY, 0, 1, new byte[8])),
                rule(
                        "8.4",
                        "clients push nothing",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(PUSH_PROMISE, END_HEADERS, 1, join(new byte[] {0, 0, 0, 2}, GET))),
                rule(
                        "4.1",
                        "the reserved bit is ignored",
                        passes(),
                        headers(1 | Integer.MIN_VALUE, END_STREAM, GET),
                        frame(PING, 0, Integer.MIN_VALUE, new byte[8])),
                rule(
                        "4.1",
                        "flags that mean nothing are ignored",
                        passes(),
                        frame(HEADERS, 0xFF & ~PADDED & ~PRIORITY_FIELDS, 1, GET),
                        frame(PING, 0xFE, 0, new byte[8])));
    }

    static List<Rule> padding() {
        return List.of(
                rule(
                        "6.1",
                        "padding is less than its frame of DATA",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(DATA, PADDED, 1, new byte[] {5, 0, 0, 0, 0})),
                rule(
                        "6.1",
                        "padding has a length",
                        oneOf(ends(FRAME_SIZE_ERROR, PROTOCOL_ERROR), resets(FRAME_SIZE_ERROR)),
                        OPEN,
                        frame(DATA, PADDED, 1)),
                rule(
                        "6.2",
                        "padding is less than its frame of HEADERS",
                        ends(PROTOCOL_ERROR),
                        frame(HEADERS, PADDED | END_HEADERS | END_STREAM, 1, new byte[] {9, 0, 0, 0, 0})),
                rule(
                        "6.2",
                        "padding and priority fields share a frame",
                        ends(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
                        frame(HEADERS, PADDED | PRIORITY_FIELDS | END_HEADERS | END_STREAM, 1, new byte[] {
                            1, 0, 0, 0, 0, 0
                        })),
                rule(
                        "6.1",
                        "DATA may be padding alone",
                        passes(),
                        OPEN,
                        frame(DATA, PADDED | END_STREAM, 1, new byte[] {4, 0, 0, 0, 0})),
                rule(
                        "6.2",
                        "HEADERS may have padding and priority fields",
                        passes(),
                        frame(
                                HEADERS,
                                PADDED | PRIORITY_FIELDS | END_HEADERS | END_STREAM,
                                1,
                                join(new byte[] {2, 0, 0, 0, 0, 16}, GET, new byte[2]))));
    }

    static List<Rule> headerBlocks() {
        byte[] open = frame(HEADERS, END_STREAM, 1, GET);
        byte[] rest = Arrays.copyOfRange(GET, 20, GET.length);
        return List.of(
                rule(
                        "6.10",
                        "no DATA within a header block",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(HEADERS, END_STREAM, 3, GET),
                        data(1, 0, 1)),
                rule("6.10", "no PING within a header block", ends(PROTOCOL_ERROR), open, ping()),
                rule(
                        "6.10",
                        "no HEADERS within a header block",
                        ends(PROTOCOL_ERROR),
                        open,
                        headers(3, END_STREAM, GET)),
                rule(
                        "6.10",
                        "no RST_STREAM within a header block",
                        ends(PROTOCOL_ERROR),
                        open,
                        frame(RST_STREAM, 0, 1, new byte[4])),
                rule("6.10", "nothing unknown within a header block", ends(PROTOCOL_ERROR), open, frame(UNKNOWN, 0, 1)),
                rule(
                        "6.10",
                        "no CONTINUATION of another stream",
                        ends(PROTOCOL_ERROR),
                        open,
                        frame(CONTINUATION, END_HEADERS, 3)),
                rule(
                        "6.10",
                        "no CONTINUATION without HEADERS",
                        ends(PROTOCOL_ERROR),
                        frame(CONTINUATION, END_HEADERS, 1, GET)),
                rule(
                        "6.10",
                        "no CONTINUATION behind a whole header block",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        frame(CONTINUATION, END_HEADERS, 1)),
                rule(
                        "6.10",
                        "no CONTINUATION behind DATA",
                        ends(PROTOCOL_ERROR),
                        OPEN,
                        data(1, 0, 1),
                        frame(CONTINUATION, END_HEADERS, 1)),
                rule(
                        "4.3",
                        "a header block may be cut anywhere",
                        passes(),
                        frame(HEADERS, END_STREAM, 1, Arrays.copyOf(GET, 1)),
                        frame(CONTINUATION, 0, 1, Arrays.copyOfRange(GET, 1, 20)),
                        frame(CONTINUATION, END_HEADERS, 1, rest)),
                rule(
                        "4.3",
                        "padding ends with its frame of a block",
                        passes(),
                        frame(
                                HEADERS,
                                END_STREAM | PADDED,
                                1,
                                join(new byte[] {3}, Arrays.copyOf(GET, 20), new byte[3])),
                        frame(CONTINUATION, END_HEADERS, 1, rest)),
                rule(
                        "4.3",
                        "trailers may be cut too",
                        passes(),
                        OPEN,
                        frame(HEADERS, END_STREAM, 1, Arrays.copyOf(FieldBlock.of("x-t=1"), 3)),
                        frame(CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(FieldBlock.of("x-t=1"), 3, 7))));
    }

    static List<Rule> settingsValues() {
        return List.of(
                rule("6.5.2", "ENABLE_PUSH is 0 or 1", ends(PROTOCOL_ERROR), settings(Frame.ENABLE_PUSH, 2)),
                rule(
                        "6.5.2",
                        "a window is less than 2^31",
                        ends(FLOW_CONTROL_ERROR),
                        settings(INITIAL_WINDOW_SIZE, Integer.MIN_VALUE)),
                rule(
                        "6.5.2",
                        "frames are 16,384 bytes at least",
                        ends(PROTOCOL_ERROR),
                        settings(Frame.MAX_FRAME_SIZE, 16_383)),
                rule(
                        "6.5.2",
                        "frames are less than 2^24",
                        ends(PROTOCOL_ERROR),
                        settings(Frame.MAX_FRAME_SIZE, 1 << 24)),
                rule(
                        "RFC 8441, 3",
                        "ENABLE_CONNECT_PROTOCOL is 0 or 1",
                        ends(PROTOCOL_ERROR),
                        settings(Frame.ENABLE_CONNECT_PROTOCOL, 2)),
                rule("6.5.2", "settings that nobody knows are ignored", passes(), settings(0xFF, 1, 0xFFFF, -1)),
                rule(
                        "6.5.3",
                        "of equal settings the last holds",
                        passes(),
                        settings(INITIAL_WINDOW_SIZE, 0, INITIAL_WINDOW_SIZE, 65_535),
                        headers(1, END_STREAM, GET)),
                rule(
                        "6.5.2",
                        "the largest values pass",
                        passes(),
                        settings(
                                Frame.MAX_FRAME_SIZE,
                                (1 << 24) - 1,
                                INITIAL_WINDOW_SIZE,
                                Integer.MAX_VALUE,
                                Frame.HEADER_TABLE_SIZE,
                                -1,
                                Frame.MAX_CONCURRENT_STREAMS,
                                -1,
                                6,
                                -1)),
                rule(
                        "6.5.2",
                        "no stream of the server's is no matter",
                        passes(),
                        settings(Frame.MAX_CONCURRENT_STREAMS, 0)));
    }

    static List<Rule> unknown() {
        return List.of(
                rule("5.5", "a frame of an unknown type is ignored", passes(), frame(UNKNOWN, 0xFF, 0, new byte[100])),
                rule(
                        "5.5",
                        "so it is on an open stream",
                        passes(),
                        OPEN,
                        frame(UNKNOWN, 0xFF, 1, new byte[100]),
                        data(1, END_STREAM, 1)),
                rule(
                        "5.5",
                        "so it is on an idle stream",
                        passes(),
                        frame(UNKNOWN, 0xFF, 99, new byte[100]),
                        headers(1, END_STREAM, GET)),
                rule("6.7", "an ACK of no PING is ignored", passes(), frame(PING, ACK, 0, new byte[8])),
                rule(
                        "6.5.3",
                        "an ACK of no settings is ignored, or is an error",
                        oneOf(passes(), ends(PROTOCOL_ERROR)),
                        frame(SETTINGS, ACK, 0)),
                rule(
                        "5.3.2",
                        "PRIORITY is ignored on any stream",
                        passes(),
                        priority(1, 5),
                        OPEN,
                        priority(1, 5),
                        priority(77, 5)));
    }

    /** Section 3.4; a GOAWAY may be left out where the peer speaks another protocol. */
    @Test
    void whatIsNoPrefaceEndsTheConnection() throws IOException {
        for (byte[] first : List.of(
                "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r".getBytes(StandardCharsets.US_ASCII),
                frame(SETTINGS, 0, 0))) {
            assertRefused(join(first, new byte[24]));
        }
    }

    /** Section 3.4. */
    @Test
    void prefaceGoesOnWithSettings() throws IOException {
        for (byte[] first : List.of(ping(), headers(1, END_STREAM, GET), frame(SETTINGS, ACK, 0), Frame.window(0, 1))) {
            assertRefused(join(FramePeer.PREFACE, first));
        }
    }

    private static void assertRefused(byte[] first) throws IOException {
        server.forget();
        try (FramePeer client = FramePeer.connect(server.address())) {
            FramePeer.Outcome outcome = client.send(first).outcome(1);
            assertThat(outcome.ended()).as(outcome::toString).isTrue();
            assertThat(outcome.goAway()).isIn(null, PROTOCOL_ERROR);
            assertThat(server.requests()).isEmpty();
            assertThat(server.refused()).hasSize(1);
        }
    }

    /** Section 3.4: TCP keeps no bounds. */
    @Test
    void prefaceAndFramesMayComeByteByByte() throws IOException {
        try (FramePeer client = FramePeer.connect(server.address())) {
            for (byte octet : join(
                    FramePeer.PREFACE,
                    settings(INITIAL_WINDOW_SIZE, 100),
                    headers(1, 0, FieldBlock.request("POST", "/echo")),
                    data(1, END_STREAM, 3))) {
                client.send(new byte[] {octet});
            }
            assertThat(client.outcome(1).answers()).containsEntry(1, "200");
        }
    }

    /** Section 3.4: the server's first frame. */
    @Test
    void serverBeginsWithItsSettings() throws IOException {
        try (FramePeer client = FramePeer.connect(server.address())) {
            Frame first = client.send(FramePeer.PREFACE, settings()).next();
            assertThat(first).isNotNull();
            assertThat(first.type()).isEqualTo(SETTINGS);
            assertThat(first.has(ACK)).isFalse();
        }
    }

    /** Section 6.5.3: each is acknowledged; section 6.7: with the same payload, in order. */
    @Test
    void settingsAreAcknowledgedAndPingsAnswered() throws IOException {
        try (FramePeer client = FramePeer.connect(server.address())) {
            client.send(FramePeer.PREFACE, settings(), settings(INITIAL_WINDOW_SIZE, 1), frame(PING, 0, 0, new byte[] {
                1, 2, 3, 4, 5, 6, 7, 8
            }));
            client.await(SETTINGS);
            for (int i = 0; i < 2; i++) {
                Frame ack = client.await(SETTINGS);
                assertThat(ack.flags()).isEqualTo(ACK);
                assertThat(ack.payload()).isEmpty();
            }
            Frame pong = client.await(PING);
            assertThat(pong.flags()).isEqualTo(ACK);
            assertThat(pong.payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
    }
}
