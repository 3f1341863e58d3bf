package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.weft.proxy.transport.Budget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http1ServerConnectionTest {
    private static final CodecLimits LIMITS = new CodecLimits(1024, 10, 100, 65_535, 65_535, 0, 0, 0, 1_000, false);

    private static final CodecLimits IDLE =
            new CodecLimits(1024, 10, 100, 65_535, 65_535, 0, 0, TimeUnit.HOURS.toMillis(1), 1_000, false);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Recorder recorder = new Recorder();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void serve(CodecLimits limits) {
        HttpCodec.serve(channel, HttpVersion.HTTP_1_1, "http", recorder, limits);
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1));
        channel.runPendingTasks();
    }

    private String sent() {
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            text.append(out.toString(StandardCharsets.ISO_8859_1));
            out.release();
        }
        return text.toString().replace("\r\n", "\n");
    }

    private static void answer(ServerStream stream, int status) {
        stream.sendHead(new ResponseHead(status, new Headers()), true);
    }

    @Test
    void headIsReadWithoutHopByHopFieldsAndHost() {
        serve(LIMITS);
        receive("""
                GET /a?b=c HTTP/1.1
                Host: Example.com:80
                X-One: 1
                Connection: keep-alive, X-Two
                X-Two: 2
                TE: trailers

                """);
        RequestHead head = recorder.heads.getFirst();
        assertThat(head.method()).isEqualTo("GET");
        assertThat(head.authority()).isEqualTo("Example.com:80");
        assertThat(head.path()).isEqualTo("/a?b=c");
        assertThat(head.headers().toString()).isEqualTo("{x-one: 1, te: trailers}");
        assertThat(recorder.events).containsExactly("head end");
    }

    @Test
    void bytesMayComeOneByOne() {
        serve(LIMITS);
        for (char c :
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3;x=y\nabc\n0\nX-T: v\n\n".toCharArray()) {
            receive(String.valueOf(c));
        }
        assertThat(recorder.events).containsExactly("head", "data a", "data b", "data c", "trailers {x-t: v}");
    }

    @Test
    void pipelinedRequestWaitsForTheResponseBeforeIt() {
        serve(LIMITS);
        receive("GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\nHost: a\n\n");
        assertThat(recorder.heads).hasSize(1);
        answer(recorder.streams.getFirst(), 200);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
        assertThat(recorder.heads).hasSize(2);
        assertThat(recorder.heads.get(1).path()).isEqualTo("/2");
    }

    @Test
    void bodyWithoutLengthIsChunkedAndTrailersFollow() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers().add("x", "y")), false);
        stream.sendData(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII), false);
        stream.sendTrailers(new Headers().add("grpc-status", "0").add("content-length", "7"));
        assertThat(sent())
                .isEqualTo("HTTP/1.1 200 OK\nx: y\ntransfer-encoding: chunked\n\n5\nhello\n0\ngrpc-status: 0\n\n");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void responseBeforeTheRequestsEndClosesTheConnection() {
        serve(LIMITS);
        receive("POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nab");
        answer(recorder.streams.getFirst(), 413);
        assertThat(sent()).isEqualTo("HTTP/1.1 413 Request Entity Too Large\nconnection: close\ncontent-length: 0\n\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void responseShorterThanItsLengthCutsTheConnection() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers().add("content-length", "5")), false);
        stream.sendData(Unpooled.copiedBuffer("abc", StandardCharsets.US_ASCII), true);
        sent();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void answerToHeadKeepsItsLengthAndHasNoBody() {
        serve(LIMITS);
        receive("HEAD / HTTP/1.1\nHost: a\n\nGET / HTTP/1.1\nHost: a\n\n");
        recorder.streams.getFirst().sendHead(new ResponseHead(200, new Headers().add("content-length", "5")), true);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\ncontent-length: 5\n\n");
        assertThat(recorder.heads).hasSize(2);
    }

    @Test
    void acceptedUpgradeCarriesBytesBothWays() {
        serve(LIMITS);
        receive("GET /chat HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: WebSocket\n\nearly");
        assertThat(recorder.heads.getFirst().upgrade()).isEqualTo("websocket");
        assertThat(recorder.events).containsExactly("head");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(101, new Headers()), false);
        stream.sendData(Unpooled.copiedBuffer("down", StandardCharsets.US_ASCII), false);
        assertThat(sent())
                .isEqualTo("HTTP/1.1 101 Switching Protocols\nconnection: Upgrade\nupgrade: websocket\n\ndown");
        receive("up");
        assertThat(recorder.events).containsExactly("head", "data early", "data up");
    }

    @Test
    void refusedUpgradeEndsTheConnection() {
        serve(LIMITS);
        receive("GET /chat HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n\n");
        answer(recorder.streams.getFirst(), 403);
        assertThat(sent()).isEqualTo("HTTP/1.1 403 Forbidden\nconnection: close\ncontent-length: 0\n\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void connectCanBeGivenAway() {
        serve(LIMITS);
        receive("CONNECT cart.shop:80 HTTP/1.1\nHost: cart.shop:80\n\n");
        assertThat(recorder.heads.getFirst().authority()).isEqualTo("cart.shop:80");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\n\n");
        assertThat(stream.detach()).isSameAs(channel);
        receive("bytes");
        ByteBuf in = channel.readInbound();
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("bytes");
        in.release();
    }

    @Test
    void bytesBehindAConnectGoToWhoeverTookItWithinTheRequest() {
        recorder.onConnect = stream -> {
            stream.sendHead(new ResponseHead(200, new Headers()), false);
            stream.detach();
        };
        serve(LIMITS);
        receive("CONNECT cart.shop:80 HTTP/1.1\nHost: cart.shop:80\n\nearly");
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\n\n");
        ByteBuf in = channel.readInbound();
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("early");
        in.release();
        assertThat(channel.config().isAutoRead()).isFalse();
    }

    @Test
    void upgradeWithABodyIsAnOrdinaryRequest() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\nContent-Length: 2\n\nab");
        assertThat(recorder.heads.getFirst().upgrade()).isNull();
        assertThat(recorder.events).containsExactly("head", "data ab", "end");
    }

    @Test
    void connectWithABodyIsRefused() {
        serve(LIMITS);
        receive("CONNECT a:80 HTTP/1.1\nHost: a:80\nContent-Length: 2\n\nab");
        assertThat(recorder.heads).isEmpty();
        assertThat(sent()).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void tunnelThatItsEndpointEndsIsToldOfItsClientsEnd() {
        serve(LIMITS);
        receive("CONNECT a:80 HTTP/1.1\nHost: a:80\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        stream.sendData(Unpooled.EMPTY_BUFFER, true);
        channel.runPendingTasks();
        assertThat(recorder.events).containsExactly("head", "end");
    }

    @Test
    void drainLeavesAGivenAwayChannelAlone() {
        serve(LIMITS);
        receive("CONNECT a:80 HTTP/1.1\nHost: a:80\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        stream.detach();
        channel.freezeTime();
        stream.connection().drain();
        channel.advanceTimeBy(1, TimeUnit.HOURS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
    }

    /** A task that waits for an hour's idleness would hold all of the connection for as long. */
    @Test
    void aConnectionThatWasGivenAwayLeavesNothingThatWaits() {
        serve(IDLE);
        receive("CONNECT a:80 HTTP/1.1\nHost: a:80\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        stream.detach();
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void drainedConnectionStillServesTheRequestThatIsOnItsWay() {
        channel.freezeTime();
        serve(LIMITS);
        receive("GET /1 HTTP/1.1\nHost: a\n\n");
        answer(recorder.streams.getFirst(), 200);
        sent();
        recorder.streams.getFirst().connection().drain();
        receive("GET /2 HTTP/1.1\nHost: a\n\n");
        assertThat(recorder.heads).hasSize(2);
        answer(recorder.streams.get(1), 200);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\nconnection: close\ncontent-length: 0\n\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void responseThatBeganBeforeTheDrainPromisedItsClientAnotherRequest() {
        channel.freezeTime();
        serve(LIMITS);
        receive("GET /1 HTTP/1.1\nHost: a\n\n");
        ServerStream first = recorder.streams.getFirst();
        first.sendHead(new ResponseHead(200, new Headers().add("content-length", "1")), false);
        first.connection().drain();
        first.sendData(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII), true);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        sent();
        receive("POST /2 HTTP/1.1\nHost: a\ncontent-length: 0\n\n");
        answer(recorder.streams.get(1), 200);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\nconnection: close\ncontent-length: 0\n\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void drainedConnectionWithoutARequestEndsSoon() {
        channel.freezeTime();
        serve(LIMITS);
        ((Http1ServerConnection) channel.pipeline().last()).drain();
        channel.advanceTimeBy(Http1ServerConnection.DRAIN_GRACE_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void headThatTricklesInHasOneTimeForAllOfIt() {
        channel.freezeTime();
        serve(new CodecLimits(1024, 10, 100, 65_535, 65_535, 0, 1_000, 0, 1_000, false));
        for (int i = 0; i < 3; i++) {
            receive("G");
            channel.advanceTimeBy(400, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(sent()).startsWith("HTTP/1.1 408 ");
    }

    @Test
    void clientThatTakesNothingIsCutAtTheEnd() {
        channel.freezeTime();
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                ReferenceCountUtil.release(message);
            }
        });
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\nConnection: close\n\n");
        answer(recorder.streams.getFirst(), 200);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(Http1Connection.FLUSH_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void noContentHasNoLength() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        recorder.streams.getFirst().sendHead(new ResponseHead(204, new Headers().add("content-length", "5")), true);
        assertThat(sent()).isEqualTo("HTTP/1.1 204 No Content\n\n");
    }

    @Test
    void closingClientResetsTheStream() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        channel.close();
        assertThat(recorder.events).containsExactly("head end", "reset CONNECTION_CLOSED");
    }

    @Test
    void drainedConnectionEndsAfterItsResponse() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.connection().drain();
        answer(stream, 200);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\nconnection: close\ncontent-length: 0\n\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void absoluteTargetGivesTheAuthority() {
        serve(LIMITS);
        receive("GET http://cart.shop?x=1 HTTP/1.1\nHost: cart.shop:80\n\n");
        assertThat(recorder.heads.getFirst().authority()).isEqualTo("cart.shop");
        assertThat(recorder.heads.getFirst().path()).isEqualTo("/?x=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1|X: no host",
                "GET / HTTP/1.1|Host: a|Host: a",
                "GET / HTTP/1.1|Host: a b",
                "GET / HTTP/1.1|Host: user@a",
                "GET http://b/ HTTP/1.1|Host: a",
                "GET ftp://b/ HTTP/1.1|Host: b",
                "GET  / HTTP/1.1|Host: a",
                "GET /\u0001 HTTP/1.1|Host: a",
                "G@T / HTTP/1.1|Host: a",
                "GET / HTTP/9|Host: a",
                "GET /",
                "GET / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Content-Length: 3",
                "GET / HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked",
                "GET / HTTP/1.1|Host: a|Transfer-Encoding: chunked, chunked",
                "GET / HTTP/1.1|Host: a|Transfer-Encoding: \u000bchunked",
                "GET / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4",
                "GET / HTTP/1.1|Host: a|Content-Length: +3",
                "GET / HTTP/1.1|Host: a|Content-Length: 3, 3",
                "GET / HTTP/1.1|Host: a|Content-Length: 0x3",
                "GET / HTTP/1.1|Host: a|Content-Length: 9999999999999999999",
                "GET / HTTP/1.1|Host: a|Content-Length:",
                "GET / HTTP/1.1|Host: a|X-A : 1",
                "GET / HTTP/1.1|Host: a| folded",
                "GET / HTTP/1.1|Host: a|: 1",
                "GET / HTTP/1.1|Host: a|no colon",
                "GET / HTTP/1.1|Host: a|X: a\u0000b",
                "GET / HTTP/1.1|Host: a|X: a\rb",
                "GET / HTTP/1.1|Host: a|1: 1|2: 2|3: 3|4: 4|5: 5|6: 6|7: 7|8: 8|9: 9|10: 10|11: 11",
                "CONNECT /path HTTP/1.1|Host: a",
                "CONNECT a HTTP/1.1|Host: a",
                "GET a:80 HTTP/1.1|Host: a",
                "GET / HTTP/1.0|Host: a"
            })
    void ambiguousOrMalformedHeadIsRefusedAndTheConnectionClosed(String head) {
        serve(LIMITS);
        receive(head.replace('|', '\n') + "\n\n");
        assertThat(recorder.heads).isEmpty();
        assertThat(sent()).matches("(?s)HTTP/1\\.1 (400|426|431|501|505) .*connection: close\n.*");
        assertThat(channel.isOpen()).isFalse();
        assertThat(recorder.refused).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1|",
                "|",
                "g|",
                " 3|abc",
                "3 |abc",
                "3;\u0001|abc",
                "100000000000000000|",
                "3|abcd",
                "3|abc|0|Content-Length: 3||",
                "3|abc|0|Host: b||",
                "3|abc|0| folded||"
            })
    void malformedChunksAreRefused(String body) {
        serve(LIMITS);
        receive("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n" + body.replace('|', '\n'));
        assertThat(recorder.events).last().asString().startsWith("reset ");
        assertThat(sent()).startsWith("HTTP/1.1 400 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void bareLineFeedIsRefused() {
        serve(LIMITS);
        channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\nHost: a\n\n", StandardCharsets.US_ASCII));
        assertThat(sent()).startsWith("HTTP/1.1 400 ");
        assertThat(recorder.heads).isEmpty();
    }

    @Test
    void oversizeHeadIsRefusedBeforeItsEnd() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\nX: " + "x".repeat(1100));
        assertThat(sent()).startsWith("HTTP/1.1 431 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void requestBehindARefusedOneIsNotRead() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\nContent-Length: x\n\nGET /smuggled HTTP/1.1\nHost: a\n\n");
        assertThat(recorder.heads).isEmpty();
    }

    @Test
    void http10IsAnsweredWhereItIsAccepted() {
        serve(new CodecLimits(1024, 10, 100, 65_535, 65_535, 0, 0, 0, 1_000, true));
        receive("GET / HTTP/1.0\n\n");
        ServerStream stream = recorder.streams.getFirst();
        stream.sendHead(new ResponseHead(200, new Headers()), false);
        stream.sendData(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII), true);
        assertThat(sent()).isEqualTo("HTTP/1.1 200 OK\nconnection: close\n\nx");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void pausedBodyStopsReadingTheSocket() {
        serve(LIMITS);
        receive("POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nab");
        ServerStream stream = recorder.streams.getFirst();
        stream.setReading(false);
        assertThat(channel.config().isAutoRead()).isFalse();
        stream.setReading(true);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void valuesNeverBreakALine() {
        serve(LIMITS);
        receive("GET / HTTP/1.1\nHost: a\n\n");
        recorder.streams.getFirst().sendHead(new ResponseHead(200, new Headers().add("x", "a\r\nset-cookie: b")), true);
        assertThat(sent()).contains("x: a??set-cookie: b\n");
    }

    @Test
    void headThatCouldNotBeWrittenLeavesNothingForAnotherConnection() {
        serve(LIMITS);
        receive("GET /1 HTTP/1.1\nHost: a\nX-Secret: s\n\n");
        Headers over = recorder.heads.getFirst().headers();
        answer(recorder.streams.getFirst(), 200);
        sent();
        receive("GET /2 HTTP/1.1\nHost: a\n\n");
        ServerStream second = recorder.streams.get(1);
        assertThatThrownBy(() -> second.sendHead(new ResponseHead(204, over), true))
                .isInstanceOf(IllegalStateException.class);
        EmbeddedChannel another = new EmbeddedChannel();
        Recorder itsRecorder = new Recorder();
        HttpCodec.serve(another, HttpVersion.HTTP_1_1, "http", itsRecorder, LIMITS);
        another.writeInbound(Unpooled.copiedBuffer("GET /3 HTTP/1.1\r\nHost: b\r\n\r\n", StandardCharsets.ISO_8859_1));
        answer(itsRecorder.streams.getFirst(), 204);
        another.runPendingTasks();
        ByteBuf out = another.readOutbound();
        assertThat(out.toString(StandardCharsets.ISO_8859_1)).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        out.release();
        another.finishAndReleaseAll();
    }

    /** Remembers what it was told. */
    private static final class Recorder implements ServerHandler {
        private final Budget budget = new Budget(Long.MAX_VALUE);

        @Override
        public Budget budget() {
            return budget;
        }

        final List<RequestHead> heads = new ArrayList<>();
        final List<ServerStream> streams = new ArrayList<>();
        final List<String> events = new ArrayList<>();
        final List<String> refused = new ArrayList<>();
        Consumer<ServerStream> onConnect = stream -> {};

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            heads.add(head);
            streams.add(stream);
            events.add(end ? "head end" : "head");
            if (head.isConnect()) {
                onConnect.accept(stream);
            }
            return new RequestListener() {
                @Override
                public void onData(ByteBuf data, boolean last) {
                    if (data.isReadable()) {
                        events.add("data " + data.toString(StandardCharsets.US_ASCII));
                    }
                    data.release();
                    if (last) {
                        events.add("end");
                    }
                }

                @Override
                public void onTrailers(Headers trailers) {
                    events.add("trailers " + trailers);
                }

                @Override
                public void onReset(StreamReset reset) {
                    events.add("reset " + reset.kind());
                }

                @Override
                public void onWritabilityChanged() {}
            };
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            refused.add(reason);
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }
}
