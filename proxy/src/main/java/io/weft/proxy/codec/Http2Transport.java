package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What both directions of an HTTP/2 connection have in common: Netty's framing, flow control by what was used, gathered writes. */
final class Http2Transport extends ChannelInboundHandlerAdapter {
    private static final char ENABLE_CONNECT_PROTOCOL = 8;

    // Bounds of floods: RST_STREAM (CVE-2023-44487), empty DATA (CVE-2019-9518); of control frames (CVE-2019-9512,
    // -9515) Netty queues at most
    // 10,000.
    // A proxy's connection carries the streams of many clients, which may all be reset at once when an endpoint fails.
    private static final int MAX_RESETS = 2_000;
    private static final int MAX_EMPTY_DATA = 32;

    private final Http2ConnectionHandler handler;
    private @Nullable ChannelHandlerContext context;
    private boolean flushScheduled;

    private Http2Transport(Http2ConnectionHandler handler) {
        this.handler = handler;
    }

    static Http2Transport install(
            Channel channel,
            boolean server,
            CodecLimits limits,
            Http2FrameListener listener,
            Http2Frames.Troubles troubles) {
        Http2Settings settings = new Http2Settings()
                .initialWindowSize(limits.initialStreamWindowBytes())
                .maxHeaderListSize(limits.maxHeadBytes());
        if (server) {
            settings.maxConcurrentStreams(limits.maxConcurrentStreams());
            settings.put(ENABLE_CONNECT_PROTOCOL, Long.valueOf(1));
        } else {
            settings.pushEnabled(false);
        }
        Http2ConnectionHandler handler = new Http2Frames.Builder(
                        server, settings, listener, troubles, server ? MAX_RESETS : 0, MAX_EMPTY_DATA)
                .make();
        Http2Transport transport = new Http2Transport(handler);
        channel.pipeline().addLast(handler, transport);
        transport.raiseConnectionWindow(limits.initialConnectionWindowBytes());
        return transport;
    }

    private void raiseConnectionWindow(int bytes) {
        Http2Stream connection = handler.connection().connectionStream();
        Http2LocalFlowController flow = handler.decoder().flowController();
        int more = bytes - flow.initialWindowSize(connection);
        if (more > 0) {
            try {
                flow.incrementWindowSize(connection, more);
            } catch (Http2Exception e) {
                throw new IllegalStateException("the connection's window cannot be raised", e);
            }
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    Http2ConnectionHandler handler() {
        return handler;
    }

    Channel channel() {
        return context().channel();
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("the handler is not in a pipeline yet");
        }
        return context;
    }

    /** Netty's frame writers want the context of the connection handler. */
    private ChannelHandlerContext frames() {
        ChannelHandlerContext frames = context().pipeline().context(handler);
        if (frames == null) {
            throw new IllegalStateException("the connection handler left the pipeline");
        }
        return frames;
    }

    /** Null: the connection is closed. */
    @Nullable
    ChannelFuture writeHead(int stream, Http2Headers fields, boolean end) {
        if (!channel().isActive()) {
            return null;
        }
        flushSoon();
        return handler.encoder()
                .writeHeaders(frames(), stream, fields, 0, end, context().newPromise());
    }

    /** Null: the connection is closed. */
    @Nullable
    ChannelFuture writeData(int stream, ByteBuf data, boolean end) {
        if (!channel().isActive()) {
            data.release();
            return null;
        }
        flushSoon();
        return handler.encoder()
                .writeData(frames(), stream, data, 0, end, context().newPromise());
    }

    void reset(int stream, Http2Error error) {
        if (channel().isActive()) {
            handler.resetStream(frames(), stream, error.code(), context().newPromise());
            flushSoon();
        }
    }

    /** Opens the window again for what was used. */
    void consume(Http2Stream stream, int bytes) {
        if (bytes == 0 || !channel().isActive()) {
            return;
        }
        try {
            if (handler.decoder().flowController().consumeBytes(stream, bytes)) {
                flushSoon();
            }
        } catch (Http2Exception e) {
            context().fireExceptionCaught(e);
            context().close();
        }
    }

    boolean isWritable(Http2Stream stream) {
        return handler.encoder().flowController().isWritable(stream);
    }

    @Nullable
    Http2Stream stream(int id) {
        return handler.connection().stream(id);
    }

    void goAway(int lastStream) {
        if (channel().isActive()) {
            handler.goAway(
                    frames(),
                    lastStream,
                    NO_ERROR.code(),
                    Unpooled.EMPTY_BUFFER,
                    context().newPromise());
            flushSoon();
        }
    }

    void closeAfterFlush() {
        ChannelFuture flushed = context().writeAndFlush(Unpooled.EMPTY_BUFFER);
        flushed.addListener(_ -> channel().close());
        if (!flushed.isDone()) {
            ScheduledFuture<?> bound = schedule(() -> channel().close(), Http1Connection.FLUSH_MILLIS);
            channel().closeFuture().addListener(_ -> bound.cancel(false));
        }
    }

    ScheduledFuture<?> schedule(Runnable task, long millis) {
        return context().executor().schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    void later(Runnable task) {
        context().executor().execute(task);
    }

    private void flushSoon() {
        if (!flushScheduled) {
            flushScheduled = true;
            context().executor().execute(() -> {
                flushScheduled = false;
                if (channel().isActive()) {
                    handler.flush(frames());
                }
            });
        }
    }
}
