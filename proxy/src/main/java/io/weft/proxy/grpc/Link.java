package io.weft.proxy.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.ResponseListener;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection of a channel: it keeps what the connection failed with, and asks a peer that says nothing whether it is still there. Confined to its loop. */
final class Link extends ChannelInboundHandlerAdapter {
    private static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final int MAX_HEADERS = 100;
    private static final int MAX_STREAMS = 100;
    private static final int STREAM_WINDOW = 256 * 1024;
    private static final int CONNECTION_WINDOW = 1024 * 1024;
    private static final CodecLimits LIMITS = new CodecLimits(
            MAX_HEAD_BYTES, MAX_HEADERS, MAX_STREAMS, STREAM_WINDOW, CONNECTION_WINDOW, 0, 0, 0, 0, false);

    // RFC 9113, section 6.7
    private static final int PING_FRAME_BYTES = 17;
    private static final int PING_TYPE = 6;
    private static final int PING_PAYLOAD_BYTES = 8;

    private final Channel channel;
    private final GrpcTarget.@Nullable KeepAlive keepAlive;
    private final ClientConnection connection;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Throwable failure;
    private long lastReadNanos = System.nanoTime();
    private long pingNanos;
    private boolean pinged;
    private boolean watching;

    /** Speaks HTTP/2 on a channel that is connected, and encrypted where it shall be. */
    Link(Channel channel, GrpcTarget.@Nullable KeepAlive keepAlive, ClientConnection.Listener owner) {
        this.channel = channel;
        this.keepAlive = keepAlive;
        channel.pipeline().addLast(this);
        this.connection = HttpCodec.connect(channel, HttpVersion.HTTP_2, owner, LIMITS);
    }

    ClientConnection connection() {
        return connection;
    }

    /** What it ended with; null: nothing but an end. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    boolean takesCalls() {
        return connection.availableStreams() > 0;
    }

    ClientStream open(ResponseListener listener) {
        ClientStream stream = connection.open(listener);
        if (keepAlive != null && !watching) {
            watching = true;
            watch(keepAlive);
        }
        return stream;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        lastReadNanos = System.nanoTime();
        pinged = false;
        super.channelRead(ctx, message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (failure == null) {
            failure = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        }
        super.exceptionCaught(ctx, cause);
    }

    private void watch(GrpcTarget.KeepAlive times) {
        if (connection.activeStreams() == 0 || !channel.isActive()) {
            watching = false;
            return;
        }
        long now = System.nanoTime();
        long left;
        if (pinged) {
            left = pingNanos + times.timeout().toNanos() - now;
            if (left <= 0) {
                giveUp(times);
                return;
            }
        } else {
            left = lastReadNanos + times.idle().toNanos() - now;
            if (left <= 0) {
                ping();
                pinged = true;
                pingNanos = now;
                left = times.timeout().toNanos();
            }
        }
        var _ = channel.eventLoop().schedule(() -> watch(times), left, TimeUnit.NANOSECONDS);
    }

    /** Between two turns of the codec, which writes whole frames in each: this one is between two of them. */
    private void ping() {
        if (context != null) {
            ByteBuf frame = channel.alloc().buffer(PING_FRAME_BYTES);
            frame.writeInt(PING_PAYLOAD_BYTES << 8 | PING_TYPE)
                    .writeByte(0)
                    .writeInt(0)
                    .writeLong(0);
            context.writeAndFlush(frame, channel.voidPromise());
        }
    }

    /** Without a farewell, for which a connection to a host that vanished would wait. */
    private void giveUp(GrpcTarget.KeepAlive times) {
        ChannelHandlerContext own = context;
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (own != null && first != null) {
            Throwable silent = new IOException("the control plane answered no PING within "
                    + times.timeout().toMillis() + " ms");
            failure = silent;
            own.fireExceptionCaught(silent);
            first.close();
        }
    }
}
