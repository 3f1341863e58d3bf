package io.weft.proxy.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps a ClientHello while its handshake waits for its turn; the socket is not read meanwhile. Leaving hands it on. */
final class HeldHello extends ChannelInboundHandlerAdapter {
    private final Deque<Object> held = new ArrayDeque<>();

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        held.add(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        boolean open = ctx.channel().isActive();
        for (Object message = held.poll(); message != null; message = held.poll()) {
            if (open) {
                ctx.fireChannelRead(message);
            } else {
                ReferenceCountUtil.release(message);
            }
        }
        if (open) {
            ctx.fireChannelReadComplete();
        }
    }
}
