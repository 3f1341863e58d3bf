package io.weft.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A socket as one end of a relay. */
public final class ChannelSide implements ByteSide {
    /** How long a peer may take to take what is left before a close. */
    private static final long FLUSH_MILLIS = 60_000;

    private final Channel channel;
    private boolean inputEnded;

    public ChannelSide(Channel channel) {
        this.channel = channel;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    /** From now on the socket's bytes go to the relay. */
    public void attach(TcpRelay relay, TcpRelay.Side side) {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            private @Nullable Throwable failure;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                relay.onData(side, (ByteBuf) message);
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                relay.onPause(side);
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if ((event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent)
                        && !inputEnded) {
                    inputEnded = true;
                    relay.onEnd(side);
                }
            }

            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                relay.onWritabilityChanged(side);
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                relay.onClosed(side, failure);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                // What waited to be written fails with the close: that is no news.
                failure = failure == null ? cause : failure;
                ctx.close();
            }
        });
        if (channel.isActive()) {
            channel.config().setAutoRead(true);
        } else {
            relay.onClosed(side, null);
        }
    }

    @Override
    public void send(ByteBuf data) {
        channel.write(data, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public void end() {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> {
            if (tls != null) {
                tls.closeOutbound();
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        });
    }

    @Override
    public void close() {
        if (channel.isActive()) {
            ChannelFuture flushed = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
            flushed.addListener(_ -> channel.close());
            if (!flushed.isDone()) {
                // A peer that takes nothing more must not keep the connection for ever.
                ScheduledFuture<?> bound =
                        channel.eventLoop().schedule(() -> channel.close(), FLUSH_MILLIS, TimeUnit.MILLISECONDS);
                channel.closeFuture().addListener(_ -> bound.cancel(false));
            }
        }
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }
}
