package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.INITIAL_WINDOW_SIZE;
import static io.weft.proxy.codec.Frame.frame;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.settings;
import static io.weft.proxy.codec.Frame.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.proxy.transport.BufferPressure;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client may make a server hold: fields that grow when they are read, answers that wait for a window, frames that do not end. */
class Http2BoundsTest {
    private static final LoopWatch WATCH = new LoopWatch();
    private static final long MIB = 1024 * 1024;
    private static FrameServer server;

    @BeforeAll
    static void start() {
        server = new FrameServer(FrameServer.LIMITS, WATCH);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void forget() {
        server.forget();
        WATCH.begin();
    }

    /** CVE-2016-6581: a byte of a block stands for 4 KiB of fields. */
    @Test
    void fieldsThatGrowWhenTheyAreReadCostLittle() throws IOException {
        byte[] head = FieldBlock.get(Rule.NEVER);
        byte[] references = new byte[12_000];
        Arrays.fill(references, (byte) (0x80 | FieldBlock.NEWEST));
        try (FramePeer neighbour = server.client();
                FramePeer attacker = server.client()) {
            byte[] entry = new FieldBlock()
                    .literals(":method=GET", ":scheme=http", ":path=/ok", ":authority=a.example")
                    .insert("x-a=" + "a".repeat(4_000))
                    .bytes();
            attacker.send(headers(1, END_STREAM, entry));
            assertThat(attacker.outcome(1).answers()).containsEntry(1, "200");
            long before = server.allocatedBytes();
            int last = 1;
            for (int i = 0; i < 50; i++) {
                last += 2;
                attacker.send(headers(last, END_STREAM, Frame.join(head, references)));
                neighbour.expectAnswer(last, "/ok");
            }
            FramePeer.Outcome outcome = attacker.outcome(last);
            assertThat(outcome.ended()).as(outcome::toString).isFalse();
            assertThat(server.allocatedBytes() - before).isLessThan(50 * MIB);
            assertThat(server.requests()).doesNotContain(Rule.NEVER);
            // The table is as it was.
            byte[] once = new FieldBlock()
                    .literals(":method=GET", ":scheme=http", ":path=/ok", ":authority=a.example")
                    .indexed(FieldBlock.NEWEST)
                    .bytes();
            attacker.send(headers(last + 2, END_STREAM, once));
            assertThat(attacker.outcome(last + 2).answers()).containsEntry(last + 2, "200");
        }
        assertThat(WATCH.mostDirect()).isLessThan(16 * MIB);
    }

    /** CVE-2019-9511 and -9517: much is asked for, and no window opened. */
    @Test
    void answersThatWaitForWindowsCostLittle() throws IOException {
        int streams = 100;
        try (FramePeer neighbour = server.client();
                FramePeer attacker = server.client(settings(INITIAL_WINDOW_SIZE, 0))) {
            for (int i = 0; i < streams; i++) {
                attacker.get(2 * i + 1, "/big/10000000");
            }
            attacker.send(ping()).await(Frame.PING);
            for (int i = 0; i < 100; i++) {
                neighbour.expectAnswer(2 * i + 1, "/ok");
            }
            assertThat(server.requestCount()).isEqualTo(streams + 100);
            assertThat(server.bytesGiven()).isLessThan(streams * 128L * 1024);
            assertThat(WATCH.mostDirect()).isLessThan(24 * MIB);
            // Who was slow is served as soon as it is not.
            attacker.send(settings(INITIAL_WINDOW_SIZE, 65_535), window(0, 1 << 30));
            for (long got = 0; got < 60_000L * streams; ) {
                got += attacker.await(Frame.DATA).payload().length;
            }
        }
    }

    /** The same by windows that open by a byte each time: no more waits than before, and no frame is made of each byte that could go with others. */
    @Test
    void windowsThatOpenByteByByteCostLittle() throws IOException {
        try (FramePeer neighbour = server.client();
                FramePeer attacker = server.client(settings(INITIAL_WINDOW_SIZE, 0))) {
            for (int i = 0; i < 10; i++) {
                attacker.get(2 * i + 1, "/big/10000000");
            }
            long before = server.allocatedBytes();
            for (int i = 0; i < 500; i++) {
                attacker.send(window(2 * (i % 10) + 1, 1));
                assertThat(attacker.await(Frame.DATA).payload()).hasSize(1);
                neighbour.expectAnswer(2 * i + 1, "/ok");
            }
            assertThat(server.allocatedBytes() - before).isLessThan(50 * MIB);
            assertThat(server.bytesGiven()).isLessThan(10 * 128L * 1024);
        }
    }

    /** Memory is short: who opened no window since the last time gives up what waits. */
    @Test
    void streamsThatStallAreResetWhenMemoryIsShort() throws IOException {
        try (FramePeer attacker = server.client(settings(INITIAL_WINDOW_SIZE, 0))) {
            attacker.get(1, "/big/1000000").get(3, "/hang").await(Frame.HEADERS);
            ServerConnection connection = server.connections().getFirst();
            for (int i = 0; i < 2; i++) {
                connection.channel().pipeline().fireUserEventTriggered(BufferPressure.SHORT);
            }
            Frame reset = attacker.await(Frame.RST_STREAM);
            assertThat(reset.stream()).isEqualTo(1);
            assertThat(reset.error()).isEqualTo(ENHANCE_YOUR_CALM);
            await().untilAsserted(() -> assertThat(server.ends()).contains("reset OVERLOADED"));
            attacker.send(settings(INITIAL_WINDOW_SIZE, 100)).expectAnswer(5, "/ok");
        }
    }

    /** What has begun is timed: the preface, a frame that is not DATA, a header block. */
    @Test
    void framesThatDoNotEndCloseTheConnection() throws IOException {
        CodecLimits limits = new CodecLimits(16_384, 100, 100, 65_535, 65_535, 0, 100, 0, 1_000, true);
        byte[] setUp = Frame.join(FramePeer.PREFACE, settings());
        byte[] block = FieldBlock.get(Rule.NEVER);
        byte[] headers = headers(1, END_STREAM, block);
        try (FrameServer timed = new FrameServer(limits);
                FramePeer idle = timed.client();
                FramePeer uploading = timed.client(
                        headers(1, 0, FieldBlock.request("POST", "/echo")),
                        Arrays.copyOf(Frame.data(1, END_STREAM, 100), 50))) {
            List<byte[]> begun = List.of(
                    Arrays.copyOf(FramePeer.PREFACE, 10),
                    Frame.join(setUp, Arrays.copyOf(headers, 5)),
                    Frame.join(setUp, Arrays.copyOf(headers, 30)),
                    Frame.join(setUp, frame(Frame.HEADERS, END_STREAM, 1, block)),
                    Frame.join(setUp, Arrays.copyOf(ping(), 12)));
            for (byte[] beginning : begun) {
                assertClosed(timed, beginning, new byte[0]);
            }
            // Who sends a little more each time does not get more time.
            assertClosed(
                    timed,
                    Frame.join(setUp, frame(Frame.HEADERS, END_STREAM, 1, block)),
                    frame(Frame.CONTINUATION, 0, 1, FieldBlock.of("x-a=1")));
            assertClosed(timed, Frame.join(setUp, Frame.begun(Frame.UNKNOWN, 0, 0, 16_000)), new byte[1]);
            assertThat(timed.refused()).hasSize(begun.size() + 2);
            idle.expectAnswer(1, "/ok");
            uploading.send(new byte[59]);
            assertThat(uploading.outcome(1).answers()).containsEntry(1, "200");
        }
    }

    private static void assertClosed(FrameServer timed, byte[] beginning, byte[] more) throws IOException {
        int before = timed.connections().size();
        try (FramePeer slow = FramePeer.connect(timed.address())) {
            slow.send(beginning);
            await().until(() -> timed.connections().size() > before);
            ServerConnection connection = timed.connections().getLast();
            String what = beginning.length + " bytes, then " + more.length;
            await(what)
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(Duration.ofSeconds(3))
                    .until(() -> {
                        slow.send(more);
                        return !connection.channel().isOpen();
                    });
        }
    }

    /** Long before they are a flood: what waits for a client that reads nothing is its answers. */
    @Test
    void answersThatAClientAsksForAndDoesNotReadEndItsConnection() throws IOException {
        try (FramePeer client = server.deafClient()) {
            client.send(settings(INITIAL_WINDOW_SIZE, Integer.MAX_VALUE), window(0, 1 << 30));
            client.get(1, "/big/100000000");
            await().until(() -> server.connections().size() == 1
                    && !server.connections().getFirst().channel().isWritable());
            for (int i = 0; i < 11; i++) {
                client.send(Frame.times(100, ping()));
            }
            await().untilAsserted(() -> assertThat(server.ends()).contains("reset PROTOCOL_ERROR"));
            await().until(() -> !server.connections().getFirst().channel().isActive());
        }
    }

    /** Two frames are enough. */
    @Test
    void aHeaderBlockBeyondItsBoundEndsTheConnectionBeforeItIsRead() throws IOException {
        byte[] part = new byte[16 * 1024];
        try (FramePeer client = server.client()) {
            client.send(frame(Frame.HEADERS, END_STREAM, 1, part), frame(Frame.CONTINUATION, 0, 1, part));
            assertThat(client.outcome(1).goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        }
    }
}
