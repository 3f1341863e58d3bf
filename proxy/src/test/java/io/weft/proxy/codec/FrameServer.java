package io.weft.proxy.codec;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.Budget;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@link HttpCodec#serve} for HTTP/2 on a socket, and one event loop for all its connections. Requests are answered by their path: {@code /ok} at once;
 * {@code /echo} when they have ended, with their length; {@code /big/N} with so many bytes, {@code /drip/N} with so many in pieces of ten; {@code /hang} never; {@code /deaf} never, and their bodies are
 * not read.
 */
final class FrameServer implements AutoCloseable {
    static final CodecLimits LIMITS = new CodecLimits(16_384, 100, 100, 65_535, 65_535, 0, 0, 0, 1_000, true);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int PIECE_BYTES = 16 * 1024;

    private final EventLoops sockets =
            new EventLoops(TransportChoice.probe(null).kind(), 1, new Admission(1_000));
    private final Budget budget = new Budget(Long.MAX_VALUE);
    private final Channel listener;
    /** What handlers were told, and the sentences of what was refused. */
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final List<ServerConnection> connections = new CopyOnWriteArrayList<>();
    private final AtomicLong requestCount = new AtomicLong();
    private final AtomicLong bytesGiven = new AtomicLong();

    FrameServer(CodecLimits limits) {
        this(limits, channel -> {});
    }

    /**
     * @param before puts handlers in front of the codec's
     */
    FrameServer(CodecLimits limits, Consumer<Channel> before) {
        listener = sockets.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BUFFER_BYTES, true, channel -> {
                            before.accept(channel);
                            connections.add(
                                    HttpCodec.serve(channel, HttpVersion.HTTP_2, "http", new Handler(), limits));
                        })
                .syncUninterruptibly()
                .channel();
    }

    SocketAddress address() {
        return listener.localAddress();
    }

    FramePeer client(byte[]... first) throws IOException {
        return FramePeer.client(address(), first);
    }

    /** A client whose kernel keeps little of what it does not read. */
    FramePeer deafClient() throws IOException {
        return FramePeer.connect(address(), 4_096).send(FramePeer.PREFACE, Frame.settings());
    }

    /** Forgets what was. */
    void forget() {
        requests.clear();
        ends.clear();
        refused.clear();
        connections.clear();
        requestCount.set(0);
        bytesGiven.set(0);
    }

    /** Paths. */
    List<String> requests() {
        return requests;
    }

    long requestCount() {
        return requestCount.get();
    }

    /** Of streams that ended before their time, and of bodies. */
    List<String> ends() {
        return ends;
    }

    List<String> refused() {
        return refused;
    }

    List<ServerConnection> connections() {
        return connections;
    }

    /** What was handed to the codec of bodies, whether it was sent or not. */
    long bytesGiven() {
        return bytesGiven.get();
    }

    /** What the event loop's thread has allocated of the heap so far, in bytes. */
    long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return sockets.loops()
                .getFirst()
                .submit(threads::getCurrentThreadAllocatedBytes)
                .awaitUninterruptibly()
                .getNow();
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        sockets.close();
    }

    private final class Handler implements ServerHandler {
        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            if (requestCount.incrementAndGet() <= 1_000) {
                requests.add(head.path());
            }
            Request request = new Request(stream, head);
            // Nothing above answers within the call.
            stream.connection().channel().eventLoop().execute(() -> request.begin(end));
            return request;
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            if (refused.size() < 1_000) {
                refused.add(status + " " + reason);
            }
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }

    private final class Request implements RequestListener {
        private final ServerStream stream;
        private final RequestHead head;
        private long left;
        private int pieceBytes = PIECE_BYTES;
        private long received;
        private boolean over;

        Request(ServerStream stream, RequestHead head) {
            this.stream = stream;
            this.head = head;
        }

        void begin(boolean end) {
            String path = head.path();
            if (path.equals("/ok") || head.isConnect()) {
                stream.sendHead(new ResponseHead(200, new Headers().add("x-served", "by-weft")), false);
                stream.sendData(text("ok"), true);
            } else if (path.startsWith("/big/") || path.startsWith("/drip/")) {
                pieceBytes = path.startsWith("/drip/") ? 10 : PIECE_BYTES;
                left = Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
                stream.sendHead(new ResponseHead(200, new Headers()), false);
                pump();
            } else if (path.equals("/deaf")) {
                stream.setReading(false);
            } else if (path.equals("/echo") && end) {
                echo("");
            }
        }

        private void pump() {
            while (!over && left > 0 && stream.isWritable()) {
                int piece = (int) Math.min(left, pieceBytes);
                left -= piece;
                bytesGiven.addAndGet(piece);
                stream.sendData(
                        stream.connection()
                                .channel()
                                .alloc()
                                .directBuffer(piece)
                                .writeZero(piece),
                        left == 0);
            }
        }

        private void echo(String trailers) {
            ends.add("body of " + received + trailers);
            stream.sendHead(new ResponseHead(200, new Headers()), false);
            stream.sendData(text(Long.toString(received)), true);
        }

        private static ByteBuf text(String text) {
            return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            received += data.readableBytes();
            data.release();
            if (end && head.path().equals("/echo")) {
                echo("");
            }
        }

        @Override
        public void onTrailers(Headers trailers) {
            if (head.path().equals("/echo")) {
                echo(" " + trailers);
            }
        }

        @Override
        public void onReset(StreamReset reset) {
            over = true;
            if (ends.size() < 1_000) {
                ends.add("reset " + reset.kind());
            }
        }

        @Override
        public void onWritabilityChanged() {
            pump();
        }
    }
}
