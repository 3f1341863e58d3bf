package io.weft.proxy.codec;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What connections of one event loop take of it and of memory, seen in front of their codecs: the first to come is the honest one. */
final class LoopWatch implements Consumer<Channel> {
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger mostWaited = new AtomicInteger();
    private final AtomicLong mostPending = new AtomicLong();
    private final AtomicLong mostDirect = new AtomicLong();
    private final AtomicLong directBefore = new AtomicLong();
    /** Reads of others since the honest one's request came; on the loop alone. */
    private int othersReads;

    void begin() {
        connections.set(0);
        mostWaited.set(0);
        mostPending.set(0);
        mostDirect.set(0);
        directBefore.set(PlatformDependent.usedDirectMemory());
    }

    /** The most turns in which others were read between a request of the honest connection and its answer. */
    int mostWaited() {
        return mostWaited.get();
    }

    /** The most bytes that waited in one socket's queue. */
    long mostPending() {
        return mostPending.get();
    }

    /** By how much the memory of buffers grew at most, in bytes. */
    long mostDirect() {
        return mostDirect.get() - directBefore.get();
    }

    @Override
    public void accept(Channel channel) {
        boolean first = connections.getAndIncrement() == 0;
        othersReads = first ? 0 : othersReads;
        channel.pipeline().addLast(new Watcher(first));
    }

    private void sample(Channel channel) {
        ChannelOutboundBuffer waits = channel.unsafe().outboundBuffer();
        if (waits != null) {
            mostPending.accumulateAndGet(waits.totalPendingWriteBytes(), Math::max);
        }
        mostDirect.accumulateAndGet(PlatformDependent.usedDirectMemory(), Math::max);
    }

    private final class Watcher extends ChannelDuplexHandler {
        private final boolean honest;

        Watcher(boolean honest) {
            this.honest = honest;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (honest) {
                othersReads = 0;
            }
            super.channelRead(ctx, message);
            sample(ctx.channel());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
            if (!honest) {
                othersReads++;
            }
            super.channelReadComplete(ctx);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) throws Exception {
            if (honest) {
                mostWaited.accumulateAndGet(othersReads, Math::max);
            }
            super.write(ctx, message, promise);
            sample(ctx.channel());
        }
    }
}
