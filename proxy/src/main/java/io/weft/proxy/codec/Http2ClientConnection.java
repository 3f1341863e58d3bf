package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection.Endpoint;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.weft.proxy.transport.PeerHost;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An upstream connection of HTTP/2: many streams at once. */
final class Http2ClientConnection extends Http2EventAdapter implements ClientConnection, Http2Frames.Troubles {
    private static final int MAX_INFORMATIONAL = 16;

    private final Listener owner;
    private final CodecLimits limits;
    private final Map<Integer, Exchange> exchanges = new HashMap<>();
    private final Http2Transport transport;
    private boolean draining;
    private boolean closed;
    private boolean heardSettings;
    private boolean refusesUpgrades;
    private int requests;
    private @Nullable Throwable failure;

    Http2ClientConnection(Channel channel, Listener owner, CodecLimits limits) {
        this.owner = owner;
        this.limits = limits;
        this.transport = Http2Transport.install(channel, false, limits, this, this);
        transport.handler().connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamRemoved(Http2Stream stream) {
                removed(stream.id());
            }

            @Override
            public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
                goneAway(lastStreamId);
            }
        });
        transport.handler().encoder().flowController().listener(this::writabilityChanged);
        channel.pipeline().addLast(new Lifecycle());
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
    public int availableStreams() {
        if (draining || closed || !channel().isActive()) {
            return 0;
        }
        Endpoint<Http2LocalFlowController> local =
                transport.handler().connection().local();
        int bound = Math.min(local.maxActiveStreams(), limits.maxConcurrentStreams());
        return Math.max(0, bound - exchanges.size());
    }

    @Override
    public int activeStreams() {
        return exchanges.size();
    }

    @Override
    public ClientStream open(ResponseListener listener) {
        if (availableStreams() == 0) {
            throw new IllegalStateException("the connection takes no stream");
        }
        requests++;
        Exchange exchange =
                new Exchange(transport.handler().connection().local().incrementAndGetNextStreamId(), listener);
        exchanges.put(exchange.id, exchange);
        boolean last = limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection();
        if (last || exchange.id < 0) {
            drainSoon();
        }
        return exchange;
    }

    private void drainSoon() {
        if (!draining) {
            draining = true;
            owner.onDraining(this);
        }
    }

    @Override
    public boolean isPeerSilent() {
        return PeerHost.isSilent(channel());
    }

    @Override
    public void abandon() {
        PeerHost.abandon(channel());
    }

    @Override
    public void close() {
        closed = true;
        channel().close();
    }

    private void goneAway(int lastStreamId) {
        drainSoon();
        for (Exchange exchange : exchanges.values().toArray(Exchange[]::new)) {
            if (exchange.id > lastStreamId) {
                exchange.fail(
                        new StreamReset(StreamReset.Kind.REFUSED, "the stream is above the last one of a GOAWAY"));
            }
        }
    }

    /** Until its first settings are here an endpoint is believed to take upgrades: proxies do. */
    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
        Boolean takes = settings.connectProtocolEnabled();
        if (takes != null || !heardSettings) {
            refusesUpgrades = !Boolean.TRUE.equals(takes);
        }
        heardSettings = true;
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
        if (exchange == null) {
            return;
        }
        try {
            exchange.onFields(fields, endOfStream);
        } catch (MalformedMessageException e) {
            exchange.fail(new StreamReset(e.kind(), e.reason()));
            transport.reset(streamId, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        failure = failure == null ? cause : failure;
    }

    @Override
    public void onBreach(int streamId, StreamReset reset) {
        Exchange exchange = exchanges.get(streamId);
        if (exchange != null) {
            exchange.fail(reset);
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
        if (exchange == null) {
            return;
        }
        // RFC 9113, section 8.1: NO_ERROR after a complete response only asks to stop sending.
        boolean stopped = errorCode == Http2Error.NO_ERROR.code() && exchange.responseEnded;
        if (!stopped) {
            StreamReset.Kind kind = errorCode == Http2Error.REFUSED_STREAM.code()
                    ? StreamReset.Kind.REFUSED
                    : StreamReset.Kind.PEER_RESET;
            exchange.fail(new StreamReset(kind, "the endpoint reset the stream: error " + errorCode));
        }
    }

    private void removed(int id) {
        removed(id, StreamReset.closed(StreamReset.Kind.CONNECTION_CLOSED, failure));
    }

    private void removed(int id, StreamReset reset) {
        Exchange exchange = exchanges.remove(id);
        if (exchange == null) {
            return;
        }
        exchange.fail(reset);
        transport.later(() -> {
            owner.onStreamEnded(this);
            if (draining && exchanges.isEmpty()) {
                transport.closeAfterFlush();
            }
        });
    }

    private void writabilityChanged(Http2Stream stream) {
        Exchange exchange = exchanges.get(stream.id());
        if (exchange != null && !exchange.over) {
            exchange.listener.onWritabilityChanged();
        }
    }

    /** Behind Netty's handler: hears the connection's end after all streams were removed. */
    private final class Lifecycle extends ChannelInboundHandlerAdapter {
        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            closed = true;
            for (Exchange exchange : exchanges.values().toArray(Exchange[]::new)) {
                removed(exchange.id);
            }
            owner.onClosed(Http2ClientConnection.this, failure);
            super.channelInactive(ctx);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Http1Connection.tellMistake(ctx.channel(), cause);
            onFailure(cause);
            ctx.close();
        }
    }

    private final class Exchange implements ClientStream {
        private final int id;
        private final ResponseListener listener;
        private boolean tunnelWanted;
        private boolean headHeard;
        private boolean requestEnded;
        private boolean responseEnded;
        private boolean over;
        private boolean reading = true;
        private int unconsumed;
        private int informational;
        private boolean upgrades;
        private @Nullable String accept;

        Exchange(int id, ResponseListener listener) {
            this.id = id;
            this.listener = listener;
        }

        void onFields(Http2Headers fields, boolean end) throws MalformedMessageException {
            if (over) {
                return;
            }
            if (headHeard) {
                Headers trailers = Http2Heads.trailers(fields, limits.maxHeaders());
                if (!end) {
                    throw MalformedMessageException.bad("trailers that do not end the stream (RFC 9113, section 8.1)");
                }
                responseEnded = true;
                listener.onTrailers(trailers);
                return;
            }
            ResponseHead head = Http2Heads.response(fields, limits.maxHeaders());
            if (head.isInformational()) {
                if (end || ++informational > MAX_INFORMATIONAL) {
                    throw MalformedMessageException.bad("informational responses that end the stream, or too many");
                }
                listener.onInformational(head);
                return;
            }
            headHeard = true;
            responseEnded = end;
            boolean accepted = upgrades && head.status() / 100 == 2;
            if (accepted) {
                WebSocketHandshake.addAccept(head.headers(), accept);
            }
            listener.onHead(accepted ? new ResponseHead(101, head.headers()) : head, end);
        }

        int onData(ByteBuf data, int bytes, boolean end) {
            if (over) {
                data.release();
                return bytes;
            }
            if (!headHeard) {
                data.release();
                fail(new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, "data before a head"));
                transport.reset(id, Http2Error.PROTOCOL_ERROR);
                return bytes;
            }
            responseEnded |= end;
            listener.onData(data, end);
            if (reading) {
                return bytes;
            }
            unconsumed += bytes;
            return 0;
        }

        void fail(StreamReset reset) {
            boolean complete = responseEnded;
            if (!over) {
                over = true;
                if (!complete) {
                    listener.onReset(reset);
                }
            }
        }

        @Override
        public ClientConnection connection() {
            return Http2ClientConnection.this;
        }

        @Override
        public void sendHead(RequestHead head, boolean end) {
            if (over) {
                return;
            }
            upgrades = head.upgrade() != null;
            if (upgrades && refusesUpgrades) {
                // RFC 8441, section 3. Not from within the call: what is above is busy with this try.
                transport.later(() -> removed(
                        id,
                        new StreamReset(
                                StreamReset.Kind.PROTOCOL_ERROR,
                                "it takes no upgrades over HTTP/2 (SETTINGS_ENABLE_CONNECT_PROTOCOL)")));
                return;
            }
            accept = WebSocketHandshake.accept(head);
            tunnelWanted = upgrades || head.isConnect();
            requestEnded = end;
            transport.writeHead(id, Http2Heads.fields(head), end && !tunnelWanted);
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (over || requestEnded) {
                data.release();
                return;
            }
            requestEnded = end;
            transport.writeData(id, data, end);
        }

        @Override
        public void sendTrailers(Headers trailers) {
            if (!over && !requestEnded) {
                requestEnded = true;
                transport.writeHead(id, Http2Heads.fields(trailers), true);
            }
        }

        @Override
        public void reset() {
            if (over) {
                return;
            }
            over = true;
            Http2Stream stream = transport.stream(id);
            if (stream == null) {
                removed(id);
            } else {
                transport.reset(id, Http2Error.CANCEL);
            }
        }

        @Override
        public void setReading(boolean wanted) {
            reading = wanted;
            Http2Stream stream = transport.stream(id);
            if (wanted && unconsumed > 0 && stream != null) {
                int bytes = unconsumed;
                unconsumed = 0;
                transport.consume(stream, bytes);
            }
        }

        @Override
        public boolean isWritable() {
            Http2Stream stream = transport.stream(id);
            return stream == null ? !over : transport.isWritable(stream);
        }
    }
}
