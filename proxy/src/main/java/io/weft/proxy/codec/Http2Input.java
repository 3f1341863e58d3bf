package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.weft.proxy.transport.BufferPressure;

/** A connection's place in its channel's pipeline: gives what is read to its frame reader, times what is begun and not ended, and tells what becomes of the channel. */
final class Http2Input extends ChannelInboundHandlerAdapter {
    private final Http2Connection connection;
    private final Http2FrameReader reader;
    private final LazyTimeout headClock;
    private final long headTimeoutMillis;
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;

    Http2Input(Channel channel, Http2Connection connection, Http2FrameReader reader, long headTimeoutMillis) {
        this.connection = connection;
        this.reader = reader;
        this.headTimeoutMillis = headTimeoutMillis;
        this.headClock = new LazyTimeout(channel.eventLoop(), connection::onSlowHead);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        connection.onAdded();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        headClock.stop();
        unread.release();
        unread = Unpooled.EMPTY_BUFFER;
        connection.onRemoved();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (unread.isReadable()) {
            unread = Http1Connection.join(ctx.alloc(), unread, data);
        } else {
            unread.release();
            unread = data;
        }
        long before = reader.completed();
        try {
            reader.read(unread);
        } catch (Http2Exception e) {
            connection.fail(e);
        }
        keepUnread();
        watchHead(before);
    }

    private void keepUnread() {
        if (!unread.isReadable()) {
            unread.release();
            unread = Unpooled.EMPTY_BUFFER;
        } else if (unread.readableBytes() < unread.capacity() / 4) {
            // Many slow clients, each with the beginning of a frame, must not hold a read buffer each.
            ByteBuf few = Unpooled.buffer(unread.readableBytes());
            few.writeBytes(unread);
            unread.release();
            unread = few;
        }
    }

    /** Streams have their own timeouts, but a peer that never ends what it begins has no stream yet. */
    private void watchHead(long before) {
        if (!reader.isWithin(unread)) {
            headClock.clear();
        } else if (!headClock.isSet() || reader.completed() != before) {
            headClock.set(headTimeoutMillis);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // What was written leaves with the end of the loop's turn: other connections may have more for this one.
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        if (ctx.channel().isWritable()) {
            connection.onSocketWritable();
        }
        super.channelWritabilityChanged(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            // There is no half of a connection in HTTP/2: who sends nothing can open no window either.
            ctx.close();
        } else if (event.equals(BufferPressure.SHORT)) {
            connection.onMemoryShort();
        }
        super.userEventTriggered(ctx, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Http1Connection.tellMistake(ctx.channel(), cause);
        connection.tellFailure(cause);
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        headClock.stop();
        connection.onInactive();
        super.channelInactive(ctx);
    }
}
