package io.weft.proxy.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CodecException;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerHandler;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.transport.Budget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy without routes: the server's codec before, the client's codec behind, on channels in memory. All requests go to one endpoint, over as many connections as
 * the codec asks for. What was heard from the client and from the endpoint is kept as {@link Message}s, what was sent to either as bytes.
 */
final class Relay implements AutoCloseable {
    /** Small, so that inputs of a few hundred bytes reach them. */
    static final CodecLimits LIMITS = new CodecLimits(512, 8, 100, 65_535, 65_535, 0, 0, 0, 0, true);

    /** For what we wrote ourselves, which is a little longer than what was read. */
    static final CodecLimits WIDE = new CodecLimits(8_192, 32, 100, 65_535, 65_535, 0, 0, 0, 0, true);

    private static final byte[] ANSWER = bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] NO_TUNNEL = bytes("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final EmbeddedChannel client = channel();
    private final ByteArrayOutputStream toClient = new ByteArrayOutputStream();
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<Message> requests = new ArrayList<>();
    private final List<Message> responses = new ArrayList<>();
    private final CodecLimits limits;
    private final boolean answers;
    private boolean refused;

    /** @param answers the endpoint answers each request once it is whole; else {@link #feedEndpoint} says what it sends */
    Relay(CodecLimits limits, boolean answers) {
        this.limits = limits;
        this.answers = answers;
        HttpCodec.serve(client, HttpVersion.HTTP_1_1, "http", new Forwarding(), limits);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private EmbeddedChannel channel() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        return channel;
    }

    private ByteBuf buffer(byte[] bytes, int from, int to) {
        return allocator.buffer(Math.max(1, to - from)).writeBytes(bytes, from, to - from);
    }

    /** The client sends bytes. */
    void feed(byte[] bytes, int from, int to) {
        if (client.isOpen()) {
            client.writeInbound(buffer(bytes, from, to));
        }
        settle();
    }

    /** The endpoint that got the last request sends bytes. */
    void feedEndpoint(byte[] bytes, int from, int to) {
        EmbeddedChannel channel = endpoints.getLast().channel;
        if (channel.isOpen()) {
            channel.writeInbound(buffer(bytes, from, to));
        }
        settle();
    }

    /** The endpoint that got the last request closes. */
    void endEndpoint() {
        endpoints.getLast().channel.close();
        settle();
    }

    /** Whether the endpoint that got the last request could be asked again. */
    boolean isEndpointUsable() {
        return endpoints.getLast().connection.availableStreams() > 0;
    }

    private void settle() {
        boolean again = true;
        while (again) {
            again = false;
            client.runPendingTasks();
            for (Endpoint endpoint : List.copyOf(endpoints)) {
                endpoint.channel.runPendingTasks();
                again |= endpoint.answer();
            }
        }
        collect(client, toClient);
        endpoints.forEach(endpoint -> collect(endpoint.channel, endpoint.sent));
    }

    private static void collect(EmbeddedChannel channel, ByteArrayOutputStream to) {
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            to.writeBytes(ByteBufUtil.getBytes(out));
            out.release();
        }
    }

    List<Message> requests() {
        return requests;
    }

    List<Message> responses() {
        return responses;
    }

    boolean isRefused() {
        return refused;
    }

    byte[] toClient() {
        return toClient.toByteArray();
    }

    /** What each connection to the endpoint carried. */
    List<byte[]> toEndpoints() {
        return endpoints.stream().map(endpoint -> endpoint.sent.toByteArray()).toList();
    }

    /** Ends all connections. Nothing of them may remain. */
    @Override
    public void close() {
        client.close();
        settle();
        endpoints.forEach(endpoint -> endpoint.channel.close());
        settle();
        client.finishAndReleaseAll();
        endpoints.forEach(endpoint -> endpoint.channel.finishAndReleaseAll());
        long left = allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        if (left != 0) {
            throw new AssertionError(left + " bytes of buffers leaked");
        }
    }

    private static void check(@Nullable Throwable cause) {
        if (cause != null && !(cause instanceof IOException) && !(cause instanceof CodecException)) {
            throw new AssertionError("the codec failed, where it should have refused", cause);
        }
    }

    private final class Forwarding implements ServerHandler {
        private final Budget budget = new Budget(Long.MAX_VALUE);

        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            if (refused) {
                throw new AssertionError("a request behind one that was refused");
            }
            checkBounds(head.headers());
            Endpoint endpoint =
                    endpoints.isEmpty() || endpoints.getLast().connection.availableStreams() == 0
                            ? new Endpoint()
                            : endpoints.getLast();
            return new Upward(head, endpoint, endpoint.connection.open(new Downward(stream)), end);
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            refused = true;
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {
            check(cause);
        }
    }

    private void checkBounds(Headers headers) {
        int bytes = 0;
        for (int i = 0; i < headers.size(); i++) {
            bytes += headers.name(i).length() + headers.value(i).length();
        }
        if (headers.size() > limits.maxHeaders() || bytes > limits.maxHeadBytes()) {
            throw new AssertionError("a head beyond its bounds: " + headers.size() + " fields, " + bytes + " bytes");
        }
    }

    /** A connection to the endpoint. */
    private final class Endpoint implements ClientConnection.Listener {
        private final EmbeddedChannel channel = channel();
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private final ClientConnection connection = HttpCodec.connect(channel, HttpVersion.HTTP_1_1, this, limits);
        private byte @Nullable [] owes;

        Endpoint() {
            endpoints.add(this);
        }

        boolean answer() {
            byte[] answer = owes;
            owes = null;
            if (answer == null || !channel.isOpen()) {
                return false;
            }
            channel.writeInbound(buffer(answer, 0, answer.length));
            return true;
        }

        @Override
        public void onStreamEnded(ClientConnection ended) {}

        @Override
        public void onDraining(ClientConnection draining) {}

        @Override
        public void onClosed(ClientConnection closed, @Nullable Throwable cause) {
            check(cause);
        }
    }

    /** One request on its way to the endpoint. */
    private final class Upward implements RequestListener {
        private final Message message;
        private final Endpoint endpoint;
        private final ClientStream upstream;
        private final boolean tunnel;

        Upward(RequestHead head, Endpoint endpoint, ClientStream upstream, boolean end) {
            this.message = Message.of(head);
            this.endpoint = endpoint;
            this.upstream = upstream;
            this.tunnel = head.isConnect() || head.upgrade() != null;
            requests.add(message);
            upstream.sendHead(head, end);
            endedIf(end || tunnel);
        }

        private void endedIf(boolean end) {
            if (end) {
                message.complete();
                endpoint.owes = answers ? (tunnel ? NO_TUNNEL : ANSWER) : null;
            }
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            if (!tunnel) {
                message.data(ByteBufUtil.getBytes(data));
                endedIf(end);
            }
            upstream.sendData(data, end);
        }

        @Override
        public void onTrailers(Headers trailers) {
            message.trailers(trailers);
            endedIf(true);
            upstream.sendTrailers(trailers);
        }

        @Override
        public void onReset(StreamReset reset) {
            refused |= reset.kind() == StreamReset.Kind.PROTOCOL_ERROR || reset.kind() == StreamReset.Kind.TOO_LARGE;
            upstream.reset();
        }

        @Override
        public void onWritabilityChanged() {}
    }

    /** Its response on the way back. */
    private final class Downward implements ResponseListener {
        private final ServerStream downstream;
        private @Nullable Message message;

        Downward(ServerStream downstream) {
            this.downstream = downstream;
        }

        private Message begun() {
            if (message == null) {
                throw new AssertionError("a body without a head");
            }
            return message;
        }

        private void endedIf(boolean end) {
            if (end) {
                begun().complete();
            }
        }

        @Override
        public void onInformational(ResponseHead head) {
            checkBounds(head.headers());
            Message informational = Message.of(head);
            informational.complete();
            responses.add(informational);
            downstream.sendInformational(head);
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            checkBounds(head.headers());
            message = Message.of(head);
            responses.add(message);
            endedIf(end);
            downstream.sendHead(head, end);
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            begun().data(ByteBufUtil.getBytes(data));
            endedIf(end);
            downstream.sendData(data, end);
        }

        @Override
        public void onTrailers(Headers trailers) {
            begun().trailers(trailers);
            endedIf(true);
            downstream.sendTrailers(trailers);
        }

        @Override
        public void onReset(StreamReset reset) {
            downstream.reset(reset.kind());
        }

        @Override
        public void onWritabilityChanged() {}
    }
}
