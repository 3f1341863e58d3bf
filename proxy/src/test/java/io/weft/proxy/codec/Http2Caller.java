package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@link HttpCodec#connect} for HTTP/2, to servers that a test plays. */
final class Http2Caller implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int PATIENCE_MILLIS = 10_000;

    private final EventLoops sockets =
            new EventLoops(TransportChoice.probe(null).kind(), 1, new Admission(1_000));
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    Http2Caller() throws IOException {
        server.setSoTimeout(PATIENCE_MILLIS);
    }

    /** A connection to a server that has sent nothing yet. */
    Call connect() throws IOException {
        Call call = new Call();
        // Within the turn in which it is connected: what the server sends first must meet the codec.
        sockets.connect(
                        sockets.loops().getFirst(),
                        (InetSocketAddress) server.getLocalSocketAddress(),
                        PATIENCE_MILLIS,
                        BUFFER_BYTES,
                        new ChannelInboundHandlerAdapter())
                .addListener((ChannelFuture connected) -> call.connection.complete(
                        HttpCodec.connect(connected.channel(), HttpVersion.HTTP_2, call, FrameServer.LIMITS)));
        call.peer = new FramePeer(server.accept());
        return call;
    }

    /** A connection whose two sides have said what they take. */
    Call open(int... settings) throws IOException {
        Call call = connect();
        call.peer().expectPreface();
        call.peer().send(Frame.settings(settings), Frame.frame(Frame.SETTINGS, Frame.ACK, 0));
        // The client's answer to them: from here on it knows.
        for (Frame frame = call.peer().await(Frame.SETTINGS); !frame.has(Frame.ACK); ) {
            frame = call.peer().await(Frame.SETTINGS);
        }
        return call;
    }

    @Override
    public void close() throws IOException {
        sockets.close();
        server.close();
    }

    static RequestHead request(String method) {
        return new RequestHead(method, "http", "a.example", "/", new Headers(), null, false);
    }

    /** One connection, and what its owner hears. */
    static final class Call implements ClientConnection.Listener, AutoCloseable {
        private final CompletableFuture<ClientConnection> connection = new CompletableFuture<>();
        private final List<String> events = new CopyOnWriteArrayList<>();
        private @Nullable FramePeer peer;

        FramePeer peer() {
            if (peer == null) {
                throw new IllegalStateException("not connected");
            }
            return peer;
        }

        /** draining, closed. */
        List<String> events() {
            return events;
        }

        <T> T onLoop(Function<ClientConnection, T> use) {
            ClientConnection open =
                    connection.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join();
            return open.channel()
                    .eventLoop()
                    .submit(() -> use.apply(open))
                    .awaitUninterruptibly()
                    .getNow();
        }

        int available() {
            return onLoop(ClientConnection::availableStreams);
        }

        Heard get() {
            return send(request("GET"), true);
        }

        Heard send(RequestHead head, boolean end) {
            return onLoop(open -> {
                Heard heard = new Heard();
                ClientStream stream = open.open(heard);
                heard.stream = stream;
                stream.sendHead(head, end);
                return heard;
            });
        }

        @Override
        public void onStreamEnded(ClientConnection ended) {}

        @Override
        public void onDraining(ClientConnection draining) {
            events.add("draining");
        }

        @Override
        public void onClosed(ClientConnection closed, @Nullable Throwable cause) {
            events.add("closed");
        }

        @Override
        public void close() throws IOException {
            peer().close();
            onLoop(open -> {
                open.close();
                return "";
            });
        }
    }

    /** What came of a request. */
    static final class Heard implements ResponseListener {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private @Nullable ClientStream stream;

        List<String> events() {
            return events;
        }

        ClientStream stream() {
            if (stream == null) {
                throw new IllegalStateException("not sent");
            }
            return stream;
        }

        @Override
        public void onInformational(ResponseHead head) {
            events.add("informational " + head.status());
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            events.add("head " + head.status() + (end ? " end" : ""));
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            events.add("data " + data.toString(StandardCharsets.US_ASCII) + (end ? " end" : ""));
            data.release();
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
    }
}
