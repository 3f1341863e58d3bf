package io.weft.proxy.tcp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was read of a connection while its endpoint is not there yet: what inspection or a handshake left over, since the socket is not read. That
 * the client has sent its last byte already is kept too: it waits for the answer.
 */
public final class ByteHold extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ByteHold.class);

    private final Deque<Object> held = new ArrayDeque<>();
    private @Nullable Object end;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        held.add(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            end = event;
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** The close that follows tells of it. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{} failed before its endpoint was there: {}", ctx.channel(), String.valueOf(cause.getMessage()));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            for (Object message = held.poll(); message != null; message = held.poll()) {
                ctx.fireChannelRead(message);
            }
            ctx.fireChannelReadComplete();
            if (end != null) {
                ctx.fireUserEventTriggered(end);
            }
        }
        drop();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        drop();
        super.channelInactive(ctx);
    }

    private void drop() {
        held.forEach(ReferenceCountUtil::release);
        held.clear();
    }
}
