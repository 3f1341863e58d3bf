package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both directions of an HTTP/1.1 connection have in common: bytes in, gathered writes out. */
abstract class Http1Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Http1Connection.class);

    /** Bytes behind the message that is being served: enough for a pipelined request, too little to be worth an attack. */
    private static final int MAX_READ_AHEAD = 16 * 1024;

    /** How long a peer may take to take what is left before a close. */
    static final long FLUSH_MILLIS = 60_000;

    /** Data up to this size is copied behind its head; beyond, a buffer of its own is cheaper. */
    static final int MAX_GATHERED = 4096;

    private static final int UNKNOWN_ROOM = 1024;

    /** What stands between chunks leaves together. */
    static final int CHUNK_ROOM = 32;

    private final HeadMemory memory = HeadMemory.ofLoop();
    private final Runnable flushLater = this::flushLater;
    private @Nullable ChannelHandlerContext context;
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;
    private boolean reading = true;
    private boolean inRead;
    private boolean dirty;
    /** Small writes of this turn, put together so that they leave as one. */
    private @Nullable ByteBuf gathered;

    private boolean flushScheduled;
    private @Nullable Runnable afterFlush;
    private boolean parsing;
    private boolean inputEnded;

    /** Reads what it can use of {@code in}; called again when more came, or after {@link #resume}. */
    abstract void parse(ByteBuf in) throws MalformedMessageException;

    abstract void onMalformed(MalformedMessageException e);

    /** The peer will send no more; what it sent was parsed. */
    abstract void onInputEnd();

    abstract void onInactive(@Nullable Throwable cause);

    abstract void onWritability();

    /** Whether bytes wait for something else than more bytes. */
    abstract boolean isWaiting();

    private @Nullable Throwable failure;

    final ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("the handler is not in a pipeline yet");
        }
        return context;
    }

    public final Channel channel() {
        return context().channel();
    }

    final ByteBufAllocator allocator() {
        return context().alloc();
    }

    final boolean hasUnread() {
        return unread.isReadable();
    }

    final boolean inputHasEnded() {
        return inputEnded;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseUnread();
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }

    final HeadMemory memory() {
        return memory;
    }

    /** Gives the bytes away that were read and not parsed. */
    final ByteBuf takeUnread() {
        ByteBuf taken = unread;
        unread = Unpooled.EMPTY_BUFFER;
        return taken;
    }

    private void releaseUnread() {
        takeUnread().release();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        inRead = true;
        ByteBuf data = (ByteBuf) message;
        if (unread.isReadable()) {
            unread = join(ctx.alloc(), unread, data);
        } else {
            unread.release();
            unread = data;
        }
        resume();
    }

    static ByteBuf join(ByteBufAllocator allocator, ByteBuf first, ByteBuf second) {
        try {
            ByteBuf joined = allocator.buffer(first.readableBytes() + second.readableBytes());
            return joined.writeBytes(first).writeBytes(second);
        } finally {
            first.release();
            second.release();
        }
    }

    /** Parses what is there; safe to call from within a parse. */
    final void resume() {
        if (parsing) {
            return;
        }
        parsing = true;
        try {
            int before = -1;
            while (unread.isReadable() && before != unread.readableBytes()) {
                before = unread.readableBytes();
                parse(unread);
            }
        } catch (MalformedMessageException e) {
            releaseUnread();
            onMalformed(e);
        } finally {
            parsing = false;
        }
        if (!unread.isReadable()) {
            releaseUnread();
        } else if (unread.readableBytes() < unread.capacity() / 4) {
            // Many slow clients, each with the beginning of a line, must not hold a read buffer each.
            ByteBuf few = Unpooled.buffer(unread.readableBytes());
            few.writeBytes(unread);
            unread.release();
            unread = few;
        }
        updateAutoRead();
    }

    final void reading(boolean newReading) {
        if (reading != newReading) {
            reading = newReading;
            updateAutoRead();
        }
    }

    private void updateAutoRead() {
        if (context().isRemoved()) {
            return;
        }
        boolean tooFarAhead = isWaiting() && unread.readableBytes() > MAX_READ_AHEAD;
        boolean wanted = reading && !tooFarAhead;
        if (channel().config().isAutoRead() != wanted) {
            channel().config().setAutoRead(wanted);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        inRead = false;
        endTurn();
    }

    /**
     * Writes a head, or what stands between data.
     *
     * @param room how much more will probably follow that could leave with it
     */
    final void write(HeadOutput head, int room) {
        ByteBuf present = gathered;
        if (present == null || present.writableBytes() < head.length()) {
            passOn();
            present = allocator().buffer(head.length() + room);
            gathered = present;
        }
        head.moveTo(present);
        willFlush();
    }

    /** Takes ownership of {@code data}. */
    final void write(ByteBuf data) {
        ByteBuf present = gathered;
        int count = data.readableBytes();
        if (present != null && count <= MAX_GATHERED && count <= present.writableBytes()) {
            // By way of an array: from buffer to buffer, Netty makes a view of each.
            HeadOutput bytes = memory.output();
            bytes.begin();
            bytes.bytes(data);
            bytes.moveTo(present);
            data.release();
        } else {
            passOn();
            ChannelHandlerContext ctx = context();
            ctx.write(data, ctx.voidPromise());
        }
        willFlush();
    }

    /** How much of a body leaves with its head, as far as it is known. */
    static int room(Http1Writer.Framing framing, long length) {
        return switch (framing) {
            case NONE, EMPTY -> 0;
            case SIZED -> length <= MAX_GATHERED ? (int) length : 0;
            case CHUNKED, UNTIL_CLOSE -> UNKNOWN_ROOM;
        };
    }

    private void passOn() {
        ByteBuf present = gathered;
        if (present != null) {
            gathered = null;
            ChannelHandlerContext ctx = context();
            ctx.write(present, ctx.voidPromise());
        }
    }

    private void willFlush() {
        dirty = true;
        if (!inRead && !flushScheduled) {
            flushScheduled = true;
            context().executor().execute(flushLater);
        }
    }

    private void flushLater() {
        flushScheduled = false;
        endTurn();
    }

    private void endTurn() {
        if (dirty) {
            flushNow();
        }
        Runnable action = afterFlush;
        if (action != null) {
            afterFlush = null;
            action.run();
        }
    }

    /** Runs something later in this turn of the loop, not within the call: what is above may still be busy. With the flush where one is due, which saves a task. */
    final void afterCall(Runnable action) {
        if (afterFlush == null && (inRead || flushScheduled)) {
            afterFlush = action;
        } else {
            context().executor().execute(action);
        }
    }

    /** Sends what is gathered. */
    final void flushNow() {
        dirty = false;
        passOn();
        context().flush();
    }

    /** Writes what is gathered, then closes. */
    final void closeAfterFlush() {
        flush(() -> context().close());
    }

    /** Writes what is gathered, then does {@code next}; a peer that takes nothing for too long is cut. */
    final void flush(Runnable next) {
        dirty = false;
        passOn();
        ChannelFuture flushed = context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> next.run());
        if (!flushed.isDone()) {
            ScheduledFuture<?> bound =
                    context().executor().schedule(this::closeNow, FLUSH_MILLIS, TimeUnit.MILLISECONDS);
            channel().closeFuture().addListener(_ -> bound.cancel(false));
        }
    }

    /** What peers do is told in records; what this proxy does wrong is told in its log. */
    static void tellMistake(Channel channel, Throwable cause) {
        if (cause instanceof Error || (cause instanceof RuntimeException && !(cause instanceof CodecException))) {
            LOG.error("{} is closed by a mistake of this proxy", channel, cause);
        }
    }

    final void closeNow() {
        context().close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if ((event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) && !inputEnded) {
            inputEnded = true;
            onInputEnd();
        }
        super.userEventTriggered(ctx, event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        if (!inputEnded && failure == null) {
            inputEnded = true;
            onInputEnd();
        }
        onInactive(failure);
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tellMistake(ctx.channel(), cause);
        // What waited to be written fails with the close: that is no news.
        failure = failure == null ? cause : failure;
        ctx.close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        onWritability();
        super.channelWritabilityChanged(ctx);
    }
}
