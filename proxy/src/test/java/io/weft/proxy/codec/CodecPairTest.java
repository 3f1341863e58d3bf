package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.Budget;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our client against our server, in both versions, over real sockets. */
class CodecPairTest {
    private static final CodecLimits LIMITS = new CodecLimits(65_536, 100, 100, 65_535, 65_535, 0, 0, 0, 1_000, true);
    private static final int BUFFER_BYTES = 64 * 1024;

    private final EventLoops sockets =
            new EventLoops(TransportChoice.probe(null).kind(), 1, new Admission(1_000));
    private final List<String> server = new CopyOnWriteArrayList<>();
    private final List<String> client = new CopyOnWriteArrayList<>();
    private final List<String> owner = new CopyOnWriteArrayList<>();
    private final AtomicLong received = new AtomicLong();
    private @Nullable Channel socket;

    @AfterEach
    void close() {
        if (socket != null) {
            socket.close().awaitUninterruptibly();
        }
        sockets.close();
    }

    /** Serves with {@code behaviour}, connects, and runs {@code use} on the client's loop. */
    private void run(
            HttpVersion version, BiConsumer<ServerStream, RequestHead> behaviour, Consumer<ClientConnection> use) {
        socket = sockets.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        BUFFER_BYTES,
                        true,
                        channel -> HttpCodec.serve(channel, version, "http", new Behaviour(behaviour), LIMITS))
                .syncUninterruptibly()
                .channel();
        // Within the turn in which it is connected: what the server sends first must meet the codec.
        sockets.connect(
                        sockets.loops().getFirst(),
                        (InetSocketAddress) socket.localAddress(),
                        5_000,
                        BUFFER_BYTES,
                        new ChannelInboundHandlerAdapter())
                .addListener((ChannelFuture connected) ->
                        use.accept(HttpCodec.connect(connected.channel(), version, new Owner(), LIMITS)));
    }

    private static RequestHead post(String path) {
        return new RequestHead("POST", "http", "a.example", path, new Headers().add("x-a", "1"), null, false);
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static void answer(ServerStream stream) {
        stream.sendHead(new ResponseHead(200, new Headers().add("x-b", "2")), false);
        stream.sendData(text("answer"), false);
        stream.sendTrailers(new Headers().add("x-t", "3"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void bodiesAndTrailersPassBothWays(HttpVersion version) {
        run(version, (stream, head) -> answer(stream), connection -> {
            ClientStream stream = connection.open(new Listening());
            stream.sendHead(post("/p?q"), false);
            stream.sendData(text("question"), false);
            stream.sendTrailers(new Headers().add("x-u", "4"));
        });
        await().untilAsserted(() ->
                assertThat(client).containsExactly("head 200 {x-b: 2}", "data answer", "trailers {x-t: 3}"));
        await().untilAsserted(() -> assertThat(server)
                .containsExactly("POST a.example /p?q {x-a: 1}", "data question", "trailers {x-u: 4}"));
        await().untilAsserted(() -> assertThat(owner).contains("ended, available"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void informationalHeadsComeFirst(HttpVersion version) {
        run(
                version,
                (stream, head) -> {
                    stream.sendInformational(new ResponseHead(103, new Headers().add("link", "x")));
                    stream.sendHead(new ResponseHead(204, new Headers()), true);
                },
                connection -> connection.open(new Listening()).sendHead(post("/"), true));
        await().untilAsserted(
                        () -> assertThat(client).containsExactly("informational 103 {link: x}", "head 204 {} end"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void upgradeCarriesBytesBothWays(HttpVersion version) {
        run(
                version,
                (stream, head) -> {
                    server.add("upgrade " + head.upgrade());
                    stream.sendHead(new ResponseHead(101, new Headers()), false);
                    stream.sendData(text("hello"), false);
                },
                connection -> {
                    ClientStream stream = connection.open(new Listening());
                    stream.sendHead(
                            new RequestHead("GET", "http", "a", "/chat", new Headers(), "websocket", false), false);
                    stream.sendData(text("hi"), false);
                });
        await().untilAsserted(() -> assertThat(client).startsWith("head 101 {}").contains("data hello"));
        await().untilAsserted(() -> assertThat(server).contains("upgrade websocket", "data hi"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void resetOfTheClientReachesTheServer(HttpVersion version) {
        run(version, (stream, head) -> {}, connection -> {
            ClientStream stream = connection.open(new Listening());
            stream.sendHead(post("/"), false);
            connection.channel().eventLoop().schedule(stream::reset, 100, TimeUnit.MILLISECONDS);
        });
        await().untilAsserted(() -> assertThat(server).last().asString().startsWith("reset "));
        assertThat(client).isEmpty();
    }

    @Test
    void refusedStreamSaysThatItWasNotProcessed() {
        run(
                HttpVersion.HTTP_2,
                (stream, head) -> stream.reset(StreamReset.Kind.REFUSED),
                connection -> connection.open(new Listening()).sendHead(post("/"), true));
        await().untilAsserted(() -> assertThat(client).containsExactly("reset REFUSED"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void drainLetsTheRunningStreamEnd(HttpVersion version) {
        run(
                version,
                (stream, head) -> {
                    stream.connection().drain();
                    stream.connection().channel().eventLoop().execute(() -> answer(stream));
                },
                connection -> connection.open(new Listening()).sendHead(post("/"), true));
        await().untilAsserted(() -> assertThat(client).contains("trailers {x-t: 3}"));
        await().untilAsserted(() -> assertThat(owner).contains("draining", "closed"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void largeResponseBeforeTheRequestsEndArrivesWhole(HttpVersion version) {
        int size = 300_000;
        run(
                version,
                (stream, head) -> {
                    stream.sendHead(
                            new ResponseHead(413, new Headers().add("content-length", Integer.toString(size))), false);
                    stream.sendData(Unpooled.wrappedBuffer(new byte[size]), true);
                },
                connection -> {
                    Listening listening = new Listening();
                    listening.quiet = true;
                    connection.open(listening).sendHead(post("/"), false);
                });
        await().untilAsserted(() -> assertThat(received.get()).isEqualTo(size));
        assertThat(client).noneMatch(event -> event.startsWith("reset"));
    }

    @Test
    void schemeOfHttp2IsOneOfTwo() {
        run(
                HttpVersion.HTTP_2,
                (stream, head) -> answer(stream),
                connection -> connection
                        .open(new Listening())
                        .sendHead(new RequestHead("GET", "ftp", "a", "/", new Headers(), null, false), true));
        await().untilAsserted(() -> assertThat(client).containsExactly("reset PEER_RESET"));
        assertThat(server).containsExactly("refused :scheme is neither http nor https");
    }

    @Test
    void tunnelOfHttp2EndsInHalves() {
        run(
                HttpVersion.HTTP_2,
                (stream, head) -> {
                    stream.sendHead(new ResponseHead(200, new Headers()), false);
                    stream.sendData(text("bye"), true);
                },
                connection -> {
                    ClientStream stream = connection.open(new Listening());
                    stream.sendHead(new RequestHead("CONNECT", "http", "a:80", "", new Headers(), null, false), false);
                    connection
                            .channel()
                            .eventLoop()
                            .schedule(() -> stream.sendData(text("after"), true), 200, TimeUnit.MILLISECONDS);
                });
        await().untilAsserted(() -> assertThat(client).contains("data bye"));
        await().untilAsserted(() -> assertThat(server).contains("data after"));
    }

    @Test
    void streamOpenedBeforeTheGoAwayArrivedIsServed() {
        run(
                HttpVersion.HTTP_2,
                (stream, head) -> {
                    if (head.path().equals("/first")) {
                        stream.connection().drain();
                    }
                    answer(stream);
                },
                connection -> {
                    connection.open(new Listening()).sendHead(post("/first"), true);
                    // In the same flight as the first's answer: the client does not know of the drain yet.
                    ClientStream second = connection.open(new Listening());
                    connection.channel().eventLoop().execute(() -> second.sendHead(post("/second"), true));
                });
        await().untilAsserted(() ->
                assertThat(client.stream().filter("head 200 {x-b: 2}"::equals)).hasSize(2));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void readerThatPausesHoldsTheWriterBack(HttpVersion version) {
        AtomicLong sent = new AtomicLong();
        run(
                version,
                (stream, head) -> {
                    stream.sendHead(new ResponseHead(200, new Headers()), false);
                    pump(stream, sent);
                },
                connection -> {
                    Listening listening = new Listening();
                    ClientStream stream = connection.open(listening);
                    listening.quiet = true;
                    stream.sendHead(post("/"), true);
                    stream.setReading(false);
                });
        await().untilAsserted(() -> assertThat(sent.get()).isPositive());
        await().during(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(sent.get()).isLessThan(16L * 1024 * 1024));
    }

    /** Sends as long as the stream takes it, 64 MiB at most. */
    private static void pump(ServerStream stream, AtomicLong sent) {
        while (stream.isWritable() && sent.get() < 64L * 1024 * 1024) {
            sent.addAndGet(16 * 1024);
            stream.sendData(Unpooled.wrappedBuffer(new byte[16 * 1024]), false);
        }
        if (sent.get() < 64L * 1024 * 1024) {
            stream.connection().channel().eventLoop().schedule(() -> pump(stream, sent), 5, TimeUnit.MILLISECONDS);
        }
    }

    private final class Behaviour implements ServerHandler {
        private final Budget budget = new Budget(Long.MAX_VALUE);

        @Override
        public Budget budget() {
            return budget;
        }

        private final BiConsumer<ServerStream, RequestHead> behaviour;

        Behaviour(BiConsumer<ServerStream, RequestHead> behaviour) {
            this.behaviour = behaviour;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            server.add(head.method() + " " + head.authority() + " " + head.path() + " " + head.headers());
            stream.connection().channel().eventLoop().execute(() -> behaviour.accept(stream, head));
            return new RequestListener() {
                @Override
                public void onData(ByteBuf data, boolean last) {
                    if (data.isReadable()) {
                        server.add("data " + data.toString(StandardCharsets.US_ASCII));
                    }
                    data.release();
                }

                @Override
                public void onTrailers(Headers trailers) {
                    server.add("trailers " + trailers);
                }

                @Override
                public void onReset(StreamReset reset) {
                    server.add("reset " + reset.kind());
                }

                @Override
                public void onWritabilityChanged() {}
            };
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            server.add("refused " + reason);
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }

    private final class Listening implements ResponseListener {
        private boolean quiet;

        @Override
        public void onInformational(ResponseHead head) {
            client.add("informational " + head.status() + " " + head.headers());
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            client.add("head " + head.status() + " " + head.headers() + (end ? " end" : ""));
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            received.addAndGet(data.readableBytes());
            if (data.isReadable() && !quiet) {
                client.add("data " + data.toString(StandardCharsets.US_ASCII));
            }
            data.release();
        }

        @Override
        public void onTrailers(Headers trailers) {
            client.add("trailers " + trailers);
        }

        @Override
        public void onReset(StreamReset reset) {
            client.add("reset " + reset.kind());
        }

        @Override
        public void onWritabilityChanged() {}
    }

    private final class Owner implements ClientConnection.Listener {
        @Override
        public void onStreamEnded(ClientConnection connection) {
            owner.add(connection.availableStreams() > 0 ? "ended, available" : "ended");
        }

        @Override
        public void onDraining(ClientConnection connection) {
            owner.add("draining");
        }

        @Override
        public void onClosed(ClientConnection connection, @Nullable Throwable cause) {
            owner.add("closed");
        }
    }
}
