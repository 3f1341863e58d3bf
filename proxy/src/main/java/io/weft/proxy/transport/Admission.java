package io.weft.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which connections a process takes: at most so many at once, and none while it has no file descriptor left. What is above the bound is closed at once,
 * as Envoy's overload manager does; without descriptors accepts pause, and connections wait in the kernel's queue. Safe on any thread.
 */
public final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    /** Without a file descriptor there is nothing to do but to look again. */
    static final long PAUSE_MILLIS = 100;

    /** Descriptors that are not for connections: files, loops, listeners, the control plane. */
    private static final long RESERVED_DESCRIPTORS = 64;

    /** What an idle connection may cost of the heap, and outside of it; both with room to spare (measured: below 4 KiB each). */
    private static final long BYTES_A_CONNECTION = 8 * 1024;

    private final int bound;
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong pauses = new AtomicLong();
    private final AtomicInteger paused = new AtomicInteger();
    private final LogPace refusalsTold = new LogPace();
    private final LogPace pausesTold = new LogPace();

    /**
     * @param bound how many connections there may be at once; at least 1
     */
    public Admission(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("a bound of " + bound + " connections: expected at least 1");
        }
        this.bound = bound;
    }

    /**
     * What this process can carry: half of its descriptors, since each connection may need one upstream, and what fits into three quarters of its
     * memory.
     */
    public static int defaultBound() {
        long descriptors = (Descriptors.limit() - RESERVED_DESCRIPTORS) / 2;
        long heap = Runtime.getRuntime().maxMemory() / 4 * 3 / BYTES_A_CONNECTION;
        long direct = PlatformDependent.maxDirectMemory() / 4 * 3 / BYTES_A_CONNECTION;
        return Math.clamp(Math.min(descriptors, Math.min(heap, direct)), 16, 1_000_000);
    }

    public int bound() {
        return bound;
    }

    /** Connections that count now. */
    public int active() {
        return active.get();
    }

    /** Connections that were closed at once because of the bound. */
    public long refused() {
        return refused.get();
    }

    /** How often accepts paused because no file descriptor was left. */
    public long pauses() {
        return pauses.get();
    }

    /** Whether accepts pause now. */
    public boolean isPaused() {
        return paused.get() > 0;
    }

    private boolean admit(Channel connection) {
        if (active.incrementAndGet() <= bound) {
            connection.closeFuture().addListener(_ -> active.decrementAndGet());
            return true;
        }
        active.decrementAndGet();
        refused.incrementAndGet();
        if (refusalsTold.isTime()) {
            LOG.warn(
                    "{} connections are open, as many as may be: further ones are closed at once ({} so far)",
                    bound,
                    refused.get());
        }
        return false;
    }

    /**
     * A handler for a socket that listens, before Netty's own that takes what was accepted.
     *
     * @param counted whether its connections count for the bound
     */
    Gate gate(boolean counted) {
        return new Gate(counted);
    }

    /** Confined to the acceptor's loop. */
    final class Gate extends ChannelInboundHandlerAdapter {
        private final boolean counted;
        private boolean waiting;
        private boolean failing;
        private long failingSince;

        private Gate(boolean counted) {
            this.counted = counted;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (failing) {
                recovered();
            }
            Channel connection = (Channel) message;
            if (counted && !admit(connection)) {
                connection.unsafe().closeForcibly();
                return;
            }
            ctx.fireChannelRead(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            boolean exhausted = Descriptors.areExhausted(cause);
            if (exhausted) {
                if (!failing) {
                    failing = true;
                    failingSince = System.nanoTime();
                    paused.incrementAndGet();
                    pauses.incrementAndGet();
                }
                if (pausesTold.isTime()) {
                    LOG.error(
                            "no file descriptor is left of {}: {} accepts no connection until one is free; raise the limit"
                                    + " (ulimit -n) or lower the bound of connections",
                            Descriptors.limit(),
                            ctx.channel().localAddress());
                }
            } else {
                // A client that left before it was accepted (ECONNABORTED), or the like.
                LOG.debug("{} could not accept a connection", ctx.channel().localAddress(), cause);
            }
            pause(ctx);
        }

        /** The socket stays readable as long as a connection waits: to go on at once would be a busy loop. */
        private void pause(ChannelHandlerContext ctx) {
            if (waiting) {
                return;
            }
            waiting = true;
            Channel socket = ctx.channel();
            socket.config().setAutoRead(false);
            ctx.executor()
                    .schedule(
                            () -> {
                                waiting = false;
                                socket.config().setAutoRead(true);
                            },
                            PAUSE_MILLIS,
                            TimeUnit.MILLISECONDS);
        }

        private void recovered() {
            failing = false;
            paused.decrementAndGet();
            LOG.warn(
                    "accepts connections again after {} ms without a file descriptor",
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - failingSince));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            if (failing) {
                failing = false;
                paused.decrementAndGet();
            }
            super.channelInactive(ctx);
        }
    }
}
