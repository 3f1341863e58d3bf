package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.weft.proxy.transport.BufferPressure;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** A downstream connection of HTTP/2. */
final class Http2ServerConnection extends Http2EventAdapter implements ServerConnection, Http2Frames.Troubles {
    private static final int NOTHING_WAITS = Integer.MIN_VALUE;

    private final ServerHandler handler;
    private final CodecLimits limits;
    private final Map<Integer, Exchange> exchanges = new HashMap<>();
    private final Http2Transport transport;
    private boolean draining;
    private int requests;
    private long held;
    private @Nullable ScheduledFuture<?> idle;
    private @Nullable ScheduledFuture<?> grace;
    private @Nullable ScheduledFuture<?> sweep;
    private @Nullable Throwable failure;

    Http2ServerConnection(Channel channel, ServerHandler handler, CodecLimits limits) {
        this.handler = handler;
        this.limits = limits;
        channel.pipeline().addLast(new Http2FrameClock(limits.headTimeoutMillis(), this::tooSlow));
        this.transport = Http2Transport.install(channel, true, limits, this, this);
        transport.handler().connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamRemoved(Http2Stream stream) {
                removed(stream);
            }
        });
        transport.handler().encoder().flowController().listener(this::writabilityChanged);
        channel.pipeline().addLast(new Lifecycle());
        handler.budget().take(CONNECTION_BYTES);
        channel.closeFuture().addListener(_ -> handler.budget().give(CONNECTION_BYTES));
        startIdleTimer();
    }

    @Override
    public Channel channel() {
        return transport.channel();
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_2;
    }

    @Override
    public long heldBytes() {
        return held;
    }

    @Override
    public int activeStreams() {
        return exchanges.size();
    }

    @Override
    public void drain(long graceMillis) {
        if (draining) {
            return;
        }
        draining = true;
        stopIdleTimer();
        // RFC 9113, section 6.8: streams that the client opened before it heard of this are served too.
        transport.goAway(Integer.MAX_VALUE);
        grace = transport.schedule(this::endGrace, graceMillis);
    }

    @Override
    public void cut(String reason) {
        for (Exchange exchange : exchanges.values().toArray(Exchange[]::new)) {
            exchange.cut(reason);
        }
        if (grace != null) {
            grace.cancel(false);
            endGrace();
        }
    }

    /** A head, or what comes before one, that trickles in. */
    private void tooSlow() {
        handler.onRefused(this, 0, "a frame that took longer than a head's time");
        channel().close();
    }

    private void endGrace() {
        grace = null;
        transport.goAway(transport.handler().connection().remote().lastStreamCreated());
        closeIfDrained();
    }

    private void closeIfDrained() {
        if (draining && grace == null && exchanges.isEmpty()) {
            transport.closeAfterFlush();
        }
    }

    private void startIdleTimer() {
        if (limits.idleTimeoutMillis() > 0 && idle == null && !draining) {
            idle = transport.schedule(this::drain, limits.idleTimeoutMillis());
        }
    }

    private void stopIdleTimer() {
        if (idle != null) {
            idle.cancel(false);
            idle = null;
        }
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers fields,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream) {
        onHeadersRead(ctx, streamId, fields, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx, int streamId, Http2Headers fields, int padding, boolean endOfStream) {
        Exchange exchange = exchanges.get(streamId);
        try {
            if (exchange != null) {
                exchange.onTrailers(Http2Heads.requestTrailers(fields, limits.maxHeaders()), endOfStream);
                return;
            }
            begin(streamId, Http2Heads.request(fields, limits.maxHeaders()), endOfStream);
        } catch (MalformedMessageException e) {
            onBreach(streamId, new StreamReset(e.kind(), e.reason()));
            transport.reset(streamId, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        if (failure != null) {
            return;
        }
        failure = cause;
        if (cause instanceof Http2Exception && exchanges.isEmpty()) {
            // No request tells of it.
            handler.onRefused(this, 0, String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public void onBreach(int streamId, StreamReset reset) {
        Exchange exchange = exchanges.get(streamId);
        if (exchange == null) {
            handler.onRefused(this, 0, reset.detail());
        } else {
            exchange.fail(reset);
        }
    }

    private void begin(int streamId, RequestHead head, boolean end) {
        Http2Stream stream = transport.stream(streamId);
        if (stream == null) {
            return;
        }
        if (exchanges.size() >= limits.maxConcurrentStreams()) {
            // Netty counts only once the client has acknowledged the setting, which a hostile one never does.
            transport.reset(streamId, Http2Error.REFUSED_STREAM);
            return;
        }
        stopIdleTimer();
        requests++;
        long bytes =
                REQUEST_BYTES + head.headers().retainedBytes() + head.path().length();
        held += bytes;
        handler.budget().take(bytes);
        Exchange exchange = new Exchange(stream, head.isConnect() || head.upgrade() != null, bytes);
        exchanges.put(streamId, exchange);
        if (sweep == null) {
            sweep = transport.schedule(this::sweep, Http1Connection.FLUSH_MILLIS);
        }
        exchange.requestEnded = end;
        exchange.listener = handler.onRequest(exchange, head, end);
        if (limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection()) {
            drain();
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
        Exchange exchange = exchanges.get(streamId);
        int bytes = data.readableBytes() + padding;
        return exchange == null ? bytes : exchange.onData(data.retain(), bytes, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
        Exchange exchange = exchanges.get(streamId);
        if (exchange != null) {
            exchange.fail(
                    new StreamReset(StreamReset.Kind.PEER_RESET, "the client reset the stream: error " + errorCode));
        }
    }

    private void removed(Http2Stream stream) {
        Exchange exchange = exchanges.remove(stream.id());
        if (exchange != null) {
            held -= exchange.bytes;
            handler.budget().give(exchange.bytes);
            exchange.fail(StreamReset.closedByClient(failure));
        }
        if (exchanges.isEmpty()) {
            startIdleTimer();
            if (draining) {
                transport.later(this::closeIfDrained);
            }
        }
    }

    /** Ends streams whose client takes nothing of what is left of a response: nobody above waits for them any more. */
    private void sweep() {
        sweep = null;
        for (Exchange exchange : exchanges.values().toArray(Exchange[]::new)) {
            exchange.sweep();
        }
        if (!exchanges.isEmpty() && channel().isActive()) {
            sweep = transport.schedule(this::sweep, Http1Connection.FLUSH_MILLIS);
        }
    }

    private void writabilityChanged(Http2Stream stream) {
        Exchange exchange = exchanges.get(stream.id());
        if (exchange != null && exchange.listener != null) {
            exchange.listener.onWritabilityChanged();
        }
    }

    /** Behind Netty's handler: hears the connection's end after all streams were removed. */
    private final class Lifecycle extends ChannelInboundHandlerAdapter {
        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            stopIdleTimer();
            if (grace != null) {
                grace.cancel(false);
            }
            if (sweep != null) {
                sweep.cancel(false);
            }
            handler.onClosed(Http2ServerConnection.this, failure);
            super.channelInactive(ctx);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Http1Connection.tellMistake(ctx.channel(), cause);
            onFailure(cause);
            ctx.close();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event.equals(BufferPressure.SHORT)) {
                relieve();
            }
            super.userEventTriggered(ctx, event);
        }
    }

    /** Memory is short: streams whose client has opened no window since the last time give up what waits for them. */
    private void relieve() {
        for (Exchange exchange : exchanges.values().toArray(Exchange[]::new)) {
            exchange.relieve();
        }
    }

    private final class Exchange implements ServerStream {
        private final Http2Stream stream;
        private final boolean tunnelWanted;
        private final long bytes;
        private @Nullable RequestListener listener;
        private boolean requestEnded;
        private boolean responseEnded;
        private boolean headSent;
        private boolean over;
        private boolean tunnel;
        private boolean swept;
        private int lastWindow = NOTHING_WAITS;
        private boolean reading = true;
        private int unconsumed;

        Exchange(Http2Stream stream, boolean tunnelWanted, long bytes) {
            this.bytes = bytes;
            this.stream = stream;
            this.tunnelWanted = tunnelWanted;
        }

        int onData(ByteBuf data, int bytes, boolean end) {
            requestEnded |= end;
            RequestListener heard = listener;
            if (over || heard == null) {
                data.release();
                return bytes;
            }
            heard.onData(data, end);
            if (reading) {
                return bytes;
            }
            unconsumed += bytes;
            return 0;
        }

        void onTrailers(Headers trailers, boolean end) throws MalformedMessageException {
            if (!end) {
                throw MalformedMessageException.bad("trailers that do not end the stream (RFC 9113, section 8.1)");
            }
            requestEnded = true;
            if (listener != null && !over) {
                listener.onTrailers(trailers);
            }
        }

        void sweep() {
            boolean waits = responseEnded && (requestEnded || !tunnel);
            if (waits && swept) {
                transport.reset(stream.id(), Http2Error.CANCEL);
            }
            swept = waits;
        }

        void cut(String reason) {
            RequestListener heard = listener;
            if (heard != null && !over && !responseEnded) {
                heard.onCut(reason);
            }
            if (!responseEnded) {
                reset(StreamReset.Kind.LOCAL);
            }
        }

        void relieve() {
            var flow = transport.handler().encoder().flowController();
            int window = flow.hasFlowControlled(stream)
                    ? flow.windowSize(stream)
                            + flow.windowSize(transport.handler().connection().connectionStream())
                    : NOTHING_WAITS;
            if (window != NOTHING_WAITS && window == lastWindow) {
                fail(new StreamReset(
                        StreamReset.Kind.OVERLOADED,
                        "memory is short, and the client opened no window for what waits for it"));
                transport.reset(stream.id(), Http2Error.ENHANCE_YOUR_CALM);
            }
            lastWindow = window;
        }

        void fail(StreamReset reset) {
            boolean complete = requestEnded && responseEnded;
            if (!over && !complete) {
                over = true;
                if (listener != null) {
                    listener.onReset(reset);
                }
            }
            over = true;
        }

        @Override
        public ServerConnection connection() {
            return Http2ServerConnection.this;
        }

        @Override
        public void sendInformational(ResponseHead head) {
            if (!over && !headSent) {
                transport.writeHead(stream.id(), Http2Heads.fields(head), false);
            }
        }

        @Override
        public void sendHead(ResponseHead head, boolean end) {
            if (over || headSent) {
                return;
            }
            headSent = true;
            tunnel = tunnelWanted && (head.status() == 101 || head.status() / 100 == 2);
            ChannelFuture written = transport.writeHead(stream.id(), Http2Heads.fields(head), end);
            if (end) {
                responseEnded(written);
            }
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (over || responseEnded) {
                data.release();
                return;
            }
            ChannelFuture written = transport.writeData(stream.id(), data, end);
            if (end) {
                responseEnded(written);
            }
        }

        @Override
        public void sendTrailers(Headers trailers) {
            if (!over && !responseEnded) {
                responseEnded(transport.writeHead(stream.id(), Http2Heads.fields(trailers), true));
            }
        }

        private void responseEnded(@Nullable ChannelFuture written) {
            responseEnded = true;
            if (requestEnded || tunnel) {
                // RFC 9113, section 8.5: the other half of a tunnel goes on until the client ends it.
                return;
            }
            over = true;
            if (written != null) {
                // RFC 9113, section 8.1: a complete response before the request's end asks the client to stop without
                // error. Complete is what was written: the rest may still wait for the client's window.
                written.addListener(_ -> {
                    if (!requestEnded) {
                        transport.later(() -> transport.reset(stream.id(), Http2Error.NO_ERROR));
                    }
                });
            }
        }

        @Override
        public void reset(StreamReset.Kind kind) {
            if (!over) {
                over = true;
                Http2Error error = switch (kind) {
                    case REFUSED -> Http2Error.REFUSED_STREAM;
                    case PROTOCOL_ERROR -> Http2Error.PROTOCOL_ERROR;
                    case OVERLOADED,
                            TOO_LARGE,
                            PEER_RESET,
                            HANDSHAKE_REFUSED,
                            CONNECTION_CLOSED,
                            CONNECTION_CLOSED_BEFORE_RESPONSE,
                            LOCAL -> Http2Error.INTERNAL_ERROR;
                };
                transport.reset(stream.id(), error);
            }
        }

        @Override
        public void setReading(boolean wanted) {
            reading = wanted;
            if (wanted && unconsumed > 0) {
                int bytes = unconsumed;
                unconsumed = 0;
                transport.consume(stream, bytes);
            }
        }

        @Override
        public boolean isWritable() {
            return !over && transport.isWritable(stream);
        }

        @Override
        public Channel detach() {
            throw new IllegalStateException("a stream of HTTP/2 has no channel of its own");
        }
    }
}
