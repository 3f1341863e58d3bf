package io.weft.proxy.tcp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps what was read of a connection while its endpoint is not there yet: what inspection or a handshake left over, since the socket is not read. */
public final class ByteHold extends ChannelInboundHandlerAdapter {
    private final Deque<Object> held = new ArrayDeque<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        held.add(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            for (Object message = held.poll(); message != null; message = held.poll()) {
                ctx.fireChannelRead(message);
            }
            ctx.fireChannelReadComplete();
        }
        held.forEach(ReferenceCountUtil::release);
        held.clear();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        held.forEach(ReferenceCountUtil::release);
        held.clear();
        super.channelInactive(ctx);
    }
}
