package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;
import static io.weft.proxy.codec.Frame.ACK;
import static io.weft.proxy.codec.Frame.CONTINUATION;
import static io.weft.proxy.codec.Frame.DATA;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.HEADERS;
import static io.weft.proxy.codec.Frame.INITIAL_WINDOW_SIZE;
import static io.weft.proxy.codec.Frame.PADDED;
import static io.weft.proxy.codec.Frame.PING;
import static io.weft.proxy.codec.Frame.SETTINGS;
import static io.weft.proxy.codec.Frame.UNKNOWN;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.goAway;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.join;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.priority;
import static io.weft.proxy.codec.Frame.reset;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Frame.window;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that send what costs them little and a server much (RFC 9113, section 10.5), beside one that does not. */
class Http2FloodTest {
    private static final byte[] HANG = FieldBlock.get("/hang");
    private static final byte[] OPEN = headers(1, 0, FieldBlock.request("POST", "/hang"));
    private static final LoopWatch WATCH = new LoopWatch();
    private static FrameServer server;

    @BeforeAll
    static void start() {
        server = new FrameServer(FrameServer.LIMITS, WATCH);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("controls")
    @MethodSource({"resets", "madeResets", "emptyFrames", "headerBlocks", "dribbles", "unread"})
    void attackerIsStoppedAndItsNeighbourServed(Flood flood) throws Exception {
        flood.isStopped(server, WATCH);
    }

    private static byte[] hang(int stream) {
        return headers(stream, END_STREAM, HANG);
    }

    static List<Flood> resets() {
        return List.of(
                Flood.ofStreams("rapid reset (CVE-2023-44487)", stream -> join(hang(stream), reset(stream, CANCEL))),
                Flood.ofStreams(
                        "rapid reset of what is answered",
                        stream -> join(headers(stream, END_STREAM, FieldBlock.get("/ok")), reset(stream, CANCEL))),
                Flood.ofStreams(
                        "resets of streams that are reset",
                        stream -> join(hang(stream), Frame.times(20, reset(stream, CANCEL)))));
    }

    /** CVE-2025-8671, MadeYouReset: the server itself resets what it has begun to serve. */
    static List<Flood> madeResets() {
        return List.of(
                Flood.ofStreams(
                                "made to reset by a window that opens by 0",
                                stream -> join(hang(stream), window(stream, 0)))
                        .or(PROTOCOL_ERROR),
                Flood.ofStreams(
                        "made to reset by a window beyond 2^31",
                        stream -> join(hang(stream), window(stream, Integer.MAX_VALUE))),
                Flood.ofStreams(
                        "made to reset by DATA behind the end", stream -> join(hang(stream), data(stream, 0, 1))),
                Flood.ofStreams("made to reset by HEADERS behind the end", stream -> join(hang(stream), hang(stream))),
                Flood.ofStreams(
                        "made to reset by a PRIORITY of 4 bytes", stream -> join(hang(stream), priority(stream, 4))),
                Flood.ofStreams(
                        "made to reset by a wrong length",
                        stream -> join(
                                headers(stream, 0, FieldBlock.request("POST", "/hang", "content-length=1")),
                                data(stream, 0, 2))),
                Flood.ofStreams(
                        "made to reset by malformed requests",
                        stream -> headers(stream, END_STREAM, FieldBlock.request("GET", "/hang", "connection=close"))),
                Flood.ofStreams("made to refuse streams above the bound", Http2FloodTest::hang));
    }

    static List<Flood> controls() {
        return List.of(
                Flood.of("PING (CVE-2019-9512)", ping()),
                Flood.of("answers to no PING", frame(PING, ACK, 0, new byte[8])),
                Flood.of("SETTINGS (CVE-2019-9515)", settings()),
                Flood.of(
                        "SETTINGS that move windows",
                        join(settings(INITIAL_WINDOW_SIZE, 1), settings(INITIAL_WINDOW_SIZE, 1 << 30)),
                        hang(1)),
                Flood.of("ACKs of no SETTINGS", frame(SETTINGS, ACK, 0)).or(PROTOCOL_ERROR),
                Flood.of("WINDOW_UPDATE of the connection", window(0, 1)),
                Flood.of("WINDOW_UPDATE of a stream", window(1, 1), hang(1)),
                Flood.of("WINDOW_UPDATE of a stream that is over", window(1, 1), hang(1), reset(1, CANCEL)),
                Flood.of("PRIORITY (CVE-2019-9513)", priority(1, 5)),
                Flood.of("GOAWAY", goAway(0, NO_ERROR)),
                Flood.of("frames of an unknown type", frame(UNKNOWN, 0, 0)),
                Flood.of("frames of an unknown type, with bytes", frame(UNKNOWN, 0, 1, new byte[100])));
    }

    static List<Flood> emptyFrames() {
        return List.of(
                Flood.of("empty DATA (CVE-2019-9518)", data(1, 0, 0), OPEN),
                Flood.of("DATA of padding alone", frame(DATA, PADDED, 1, new byte[] {0}), OPEN),
                Flood.of("empty CONTINUATION", frame(CONTINUATION, 0, 1), frame(HEADERS, 0, 1, HANG))
                        .or(PROTOCOL_ERROR));
    }

    /** CVE-2024-27316 and its like. */
    static List<Flood> headerBlocks() {
        return List.of(
                Flood.of(
                                "CONTINUATION without an end",
                                frame(CONTINUATION, 0, 1, FieldBlock.of("x-a=" + "a".repeat(100))),
                                frame(HEADERS, 0, 1, HANG))
                        .or(PROTOCOL_ERROR),
                Flood.of(
                                "CONTINUATION byte by byte",
                                frame(CONTINUATION, 0, 1, new byte[] {(byte) 0xBE}),
                                frame(
                                        HEADERS,
                                        0,
                                        1,
                                        new FieldBlock().insert("x-a=1").bytes()))
                        .or(PROTOCOL_ERROR),
                Flood.of(
                                "trailers without an end",
                                frame(CONTINUATION, 0, 1, FieldBlock.of("x-a=" + "a".repeat(100))),
                                OPEN,
                                frame(HEADERS, END_STREAM, 1))
                        .or(PROTOCOL_ERROR));
    }

    /** Frames that are answered, or belong to something, but to no end. */
    static List<Flood> dribbles() {
        byte[] wide = window(0, Integer.MAX_VALUE - 65_535);
        byte[] big = headers(1, END_STREAM, FieldBlock.get("/big/1000000000"));
        return List.of(
                Flood.of(
                        "a stream's window byte by byte (CVE-2019-9511)",
                        window(1, 1),
                        settings(INITIAL_WINDOW_SIZE, 0),
                        wide,
                        big),
                Flood.of(
                        "the connection's window byte by byte (CVE-2019-9511)",
                        window(0, 1),
                        settings(INITIAL_WINDOW_SIZE, 1 << 30),
                        big),
                Flood.of(
                                "HEADERS of a stream that was reset",
                                headers(1, 0, FieldBlock.of("x-a=1")),
                                headers(1, 0, FieldBlock.request("POST", "/hang", "connection=close")))
                        .or(STREAM_CLOSED));
    }

    /** Who does not read what it asks for. */
    static List<Flood> unread() {
        return List.of(
                Flood.of("PING whose answers are not read", ping()).unread(),
                Flood.of("SETTINGS whose ACKs are not read", settings()).unread(),
                Flood.ofStreams(
                                "answers that are not read",
                                stream -> headers(stream, END_STREAM, FieldBlock.get("/ok")))
                        .unread(),
                Flood.ofStreams(
                                "resets that are not read",
                                stream -> headers(
                                        stream, END_STREAM, FieldBlock.request("GET", "/hang", "connection=close")))
                        .unread());
    }
}
