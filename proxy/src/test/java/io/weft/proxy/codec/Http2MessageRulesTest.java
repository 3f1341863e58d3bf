package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Rule.answers;
import static io.weft.proxy.codec.Rule.oneOf;
import static io.weft.proxy.codec.Rule.passes;
import static io.weft.proxy.codec.Rule.resets;
import static io.weft.proxy.codec.Rule.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of RFC 9113 about messages (section 8): what is malformed resets its stream, is not heard of above, and leaves the connection and the table of its fields as they are. */
class Http2MessageRulesTest {
    private static final byte[] OPEN = headers(1, 0, FieldBlock.request("POST", "/echo"));
    private static final String[] USUAL = {":method=GET", ":scheme=http", ":path=" + Rule.NEVER, ":authority=a.example"
    };
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
    @MethodSource({"pseudoFields", "fields", "tunnels", "bodies", "lists"})
    void ruleHolds(Rule rule) throws IOException {
        rule.hold(server);
    }

    private static Rule malformed(String section, String says, String... fields) {
        return rule(section, says, resets(PROTOCOL_ERROR), headers(1, END_STREAM, FieldBlock.of(fields)));
    }

    private static Rule unwelcome(String section, String field) {
        return malformed(section, "no " + field, new String[] {USUAL[0], USUAL[1], USUAL[2], USUAL[3], field});
    }

    static List<Rule> pseudoFields() {
        return List.of(
                malformed("8.3.1", "a request has a :method", USUAL[1], USUAL[2], USUAL[3]),
                malformed("8.3.1", "a request has a :scheme", USUAL[0], USUAL[2], USUAL[3]),
                malformed("8.3.1", "a request has a :path", USUAL[0], USUAL[1], USUAL[3]),
                malformed("8.3.1", "a :path is not empty", USUAL[0], USUAL[1], ":path=", USUAL[3]),
                malformed("8.3.1", "a request has a host", USUAL[0], USUAL[1], USUAL[2]),
                malformed("8.3", "one :method", USUAL[0], USUAL[0], USUAL[1], USUAL[2], USUAL[3]),
                malformed("8.3", "one :scheme", USUAL[0], USUAL[1], USUAL[1], USUAL[2], USUAL[3]),
                malformed("8.3", "one :path", USUAL[0], USUAL[1], USUAL[2], USUAL[2], USUAL[3]),
                malformed("8.3.1", "one :authority", USUAL[0], USUAL[1], USUAL[2], USUAL[3], USUAL[3]),
                malformed("8.3", "none behind a field", USUAL[0], USUAL[1], USUAL[3], "x-a=1", USUAL[2]),
                unwelcome("8.3", ":unknown=1"),
                unwelcome("8.3", ":status=200"),
                unwelcome("8.3.1", "host=b.example"),
                rule(
                        "8.3.1",
                        "a Host that is the :authority passes",
                        passes(),
                        headers(1, END_STREAM, FieldBlock.request("GET", "/ok", "host=a.example"))),
                rule(
                        "8.3.1",
                        "a Host may stand for :authority",
                        passes(),
                        headers(
                                1,
                                END_STREAM,
                                FieldBlock.of(":method=GET", ":scheme=http", ":path=/ok", "host=a.example"))),
                rule(
                        "8.3",
                        "none among trailers",
                        resets(PROTOCOL_ERROR),
                        OPEN,
                        headers(1, END_STREAM, FieldBlock.of("x-t=1", ":path=/"))),
                rule(
                        "8.3",
                        "not even an unknown one among trailers",
                        resets(PROTOCOL_ERROR),
                        OPEN,
                        headers(1, END_STREAM, FieldBlock.of(":unknown=1"))));
    }

    static List<Rule> fields() {
        return List.of(
                unwelcome("8.2", "X-Upper=1"),
                unwelcome("8.2.1", "=1"),
                unwelcome("8.2.1", "x y=1"),
                unwelcome("8.2.1", "x-a=1\r\nx-b: 2"),
                unwelcome("8.2.1", "x-a=\0"),
                unwelcome("8.2.2", "connection=close"),
                unwelcome("8.2.2", "keep-alive=timeout=5"),
                unwelcome("8.2.2", "proxy-connection=close"),
                unwelcome("8.2.2", "transfer-encoding=chunked"),
                unwelcome("8.2.2", "upgrade=websocket"),
                unwelcome("8.2.2", "te=gzip"),
                rule(
                        "8.2.2",
                        "te of trailers passes",
                        passes(),
                        headers(1, END_STREAM, FieldBlock.request("GET", "/ok", "te=trailers"))),
                rule(
                        "8.2.2",
                        "none among trailers",
                        resets(PROTOCOL_ERROR),
                        OPEN,
                        headers(1, END_STREAM, FieldBlock.of("connection=close"))));
    }

    static List<Rule> tunnels() {
        return List.of(
                rule(
                        "8.5",
                        "CONNECT has an :authority alone",
                        passes(),
                        headers(1, 0, FieldBlock.of(":method=CONNECT", ":authority=a.example:80"))),
                malformed(
                        "8.5",
                        "CONNECT has no :path",
                        ":method=CONNECT",
                        ":authority=a.example:80",
                        ":path=" + Rule.NEVER),
                malformed(
                        "8.5", "CONNECT has no :scheme", ":method=CONNECT", ":authority=a.example:80", ":scheme=http"),
                malformed("8.5", "CONNECT has an :authority", ":method=CONNECT"),
                rule(
                        "RFC 8441, 4",
                        "CONNECT may name a protocol",
                        passes(),
                        headers(1, 0, FieldBlock.request("CONNECT", "/ok", ":protocol=websocket"))),
                malformed(
                        "RFC 8441, 4",
                        "which belongs to CONNECT",
                        USUAL[0],
                        USUAL[1],
                        USUAL[2],
                        USUAL[3],
                        ":protocol=websocket"),
                malformed(
                        "RFC 8441, 4",
                        "and comes with :path and :scheme",
                        ":method=CONNECT",
                        ":authority=a.example",
                        ":protocol=websocket"));
    }

    static List<Rule> bodies() {
        byte[] five = headers(1, 0, FieldBlock.request("POST", "/echo", "content-length=5"));
        byte[] trailers = headers(1, END_STREAM, FieldBlock.of("x-t=1"));
        return List.of(
                rule(
                        "8.1.1",
                        "no more DATA than content-length",
                        resets(PROTOCOL_ERROR),
                        five,
                        data(1, 0, 3),
                        data(1, END_STREAM, 3)),
                rule("8.1.1", "which is seen before the end", resets(PROTOCOL_ERROR), five, data(1, 0, 6)),
                rule("8.1.1", "no less DATA than content-length", resets(PROTOCOL_ERROR), five, data(1, END_STREAM, 4)),
                rule("8.1.1", "not by trailers either", resets(PROTOCOL_ERROR), five, data(1, 0, 4), trailers),
                rule(
                        "8.1.1",
                        "a head alone is no body",
                        resets(PROTOCOL_ERROR),
                        headers(1, END_STREAM, FieldBlock.request("POST", Rule.NEVER, "content-length=5"))),
                rule("8.1.1", "what is equal passes", passes(), five, data(1, 0, 3), data(1, 0, 2), trailers),
                rule(
                        "8.1.1",
                        "padding is no part of it",
                        passes(),
                        five,
                        Frame.frame(Frame.DATA, Frame.PADDED | END_STREAM, 1, new byte[] {2, 0, 0, 0, 0, 0, 0, 0})),
                rule(
                        "8.1",
                        "trailers end the stream",
                        resets(PROTOCOL_ERROR),
                        OPEN,
                        data(1, 0, 1),
                        headers(1, 0, FieldBlock.of("x-t=1"))),
                rule(
                        "8.1",
                        "empty trailers end it as well",
                        passes(),
                        OPEN,
                        data(1, 0, 1),
                        headers(1, END_STREAM, new byte[0])),
                rule("8.1", "a body may be nothing but its end", passes(), OPEN, data(1, END_STREAM, 0)));
    }

    /** Sections 10.5.1 and 6.5.2: what is beyond the bound of 16 KiB, or of 100 fields, is refused; the rest of the connection goes on. */
    static List<Rule> lists() {
        String[] many = new String[101];
        Arrays.setAll(many, i -> "x-" + i + "=1");
        byte[] long16 = FieldBlock.request("GET", Rule.NEVER, "x-a=" + "a".repeat(16_000), "x-b=" + "b".repeat(1_000));
        return List.of(
                rule(
                        "10.5.1",
                        "a list of fields beyond the bound",
                        oneOf(
                                answers(431),
                                resets(
                                        PROTOCOL_ERROR,
                                        Http2Error.ENHANCE_YOUR_CALM,
                                        Http2Error.CANCEL,
                                        Http2Error.REFUSED_STREAM)),
                        split(1, long16)),
                rule(
                        "10.5.1",
                        "more fields than the bound",
                        oneOf(answers(431), resets(PROTOCOL_ERROR, Http2Error.ENHANCE_YOUR_CALM)),
                        headers(1, END_STREAM, FieldBlock.request("GET", Rule.NEVER, many))),
                rule(
                        "10.5.1",
                        "trailers beyond the bound",
                        oneOf(answers(431), resets(PROTOCOL_ERROR, Http2Error.ENHANCE_YOUR_CALM)),
                        OPEN,
                        split(1, FieldBlock.of("x-a=" + "a".repeat(16_000), "x-b=" + "b".repeat(1_000)))),
                rule(
                        "10.5.1",
                        "a list within the bound passes",
                        passes(),
                        headers(1, END_STREAM, FieldBlock.request("GET", "/ok", "x-a=" + "a".repeat(15_000)))));
    }

    /** Over as many frames as it needs. */
    private static byte[] split(int stream, byte[] block) {
        byte[] frames = {};
        for (int at = 0; at < block.length; at += 16_000) {
            int end = Math.min(block.length, at + 16_000);
            int type = at == 0 ? Frame.HEADERS : Frame.CONTINUATION;
            int flags = (at == 0 ? END_STREAM : 0) | (end == block.length ? Frame.END_HEADERS : 0);
            frames = Frame.join(frames, Frame.frame(type, flags, stream, Arrays.copyOfRange(block, at, end)));
        }
        return frames;
    }

    /** Section 4.3: what is refused has entered the table all the same. */
    @Test
    void fieldsOfWhatIsRefusedEnterTheTable() throws IOException {
        for (byte[] refused : List.of(
                new FieldBlock()
                        .literals(USUAL)
                        .insert("x-kept=1")
                        .literals("connection=close")
                        .insert(":path=/ok")
                        .bytes(),
                new FieldBlock()
                        .literals(USUAL)
                        .literals("x-a=" + "a".repeat(15_000))
                        .literals("x-b=" + "b".repeat(3_000))
                        .insert("x-kept=1")
                        .insert(":path=/ok")
                        .bytes())) {
            server.forget();
            try (FramePeer client = server.client()) {
                client.send(split(1, refused));
                byte[] request = new FieldBlock()
                        .literals(":method=GET", ":scheme=http", ":authority=a.example")
                        .indexed(FieldBlock.NEWEST)
                        .indexed(FieldBlock.NEWEST + 1)
                        .bytes();
                assertThat(client.send(headers(3, END_STREAM, request))
                                .outcome(3)
                                .answers())
                        .containsEntry(3, "200");
                assertThat(server.requests()).containsExactly("/ok");
            }
        }
    }

    /** Section 4.3: with a table of which nobody knows what it holds the connection cannot go on. */
    @Test
    void blocksThatCannotBeReadEndTheConnection() throws IOException {
        for (byte[] block : List.of(
                new FieldBlock().literals(USUAL).indexed(FieldBlock.NEWEST).bytes(),
                new FieldBlock().indexed(0).bytes(),
                Arrays.copyOf(FieldBlock.get(Rule.NEVER), 10),
                new FieldBlock().tableSize(5_000).literals(USUAL).bytes(),
                new FieldBlock().literals(USUAL).tableSize(0).bytes(),
                Frame.join(
                        FieldBlock.of(USUAL),
                        new byte[] {0, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF}),
                // Huffman codes: one that says EOS, and padding that is longer than seven bits.
                Frame.join(FieldBlock.of(USUAL), new byte[] {0, 1, 'x', (byte) 0x84, -1, -1, -1, -1}),
                Frame.join(FieldBlock.of(USUAL), new byte[] {0, 1, 'x', (byte) 0x82, (byte) 0x1F, -1}))) {
            server.forget();
            try (FramePeer client = server.client()) {
                FramePeer.Outcome outcome =
                        client.send(headers(1, END_STREAM, block)).outcome(1);
                assertThat(outcome.ended())
                        .as("%s", HexFormat.of().formatHex(block))
                        .isTrue();
                assertThat(outcome.goAway()).isEqualTo(Http2Error.COMPRESSION_ERROR);
                assertThat(server.requests()).isEmpty();
            }
        }
    }

    /** RFC 7541, sections 4.2 and 6.3: the largest table that was allowed, and none. */
    @Test
    void tableOfTheClientChangesItsSize() throws IOException {
        try (FramePeer client = server.client()) {
            byte[] shrunk = new FieldBlock()
                    .tableSize(0)
                    .tableSize(4_096)
                    .literals(":method=GET", ":scheme=http", ":authority=a.example")
                    .insert(":path=/ok")
                    .bytes();
            byte[] reused = new FieldBlock()
                    .literals(":method=GET", ":scheme=http", ":authority=a.example")
                    .indexed(FieldBlock.NEWEST)
                    .bytes();
            client.send(headers(1, END_STREAM, shrunk), headers(3, END_STREAM, reused));
            assertThat(client.outcome(3).answers()).containsEntry(1, "200").containsEntry(3, "200");
        }
    }

    /** Section 8.2.3: crumbs become one field before they go on. */
    @Test
    void answersCarryTheirFields() throws IOException {
        try (FramePeer client = server.client()) {
            Http2Headers fields = client.get(1, "/ok").awaitFields();
            assertThat(fields.status()).hasToString("200");
            assertThat(fields.get("x-served")).hasToString("by-weft");
            assertThat(fields.names())
                    .allSatisfy(name -> assertThat(name.toString()).isLowerCase());
        }
    }
}
