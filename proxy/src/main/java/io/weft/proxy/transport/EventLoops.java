package io.weft.proxy.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.PlatformDependent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loops of a process, and the acceptor that hands each connection, once, to the loop with the fewest. All that belongs to a
 * connection stays on its loop.
 */
public final class EventLoops implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);
    private static final int LEAST_WAITING_CONNECTIONS = 512;
    private static final int BACKLOG = 4096;
    private static final long CLOSE_SECONDS = 2;

    private final TransportKind kind;
    private final Admission admission;
    private final MultiThreadIoEventLoopGroup acceptor;
    private final WorkerLoops workers;
    private final List<EventLoop> loops;
    private final Map<EventLoop, OpenChannels> open = new HashMap<>();
    private final Map<EventLoop, LoopBuffers> buffers = new HashMap<>();
    private final ReadBuffers readBuffers = new ReadBuffers(this);
    private volatile boolean closing;

    /**
     * @param kind as {@link TransportChoice#probe} gave it
     * @param count of worker loops; at least 1
     * @param admission which connections are taken
     */
    public EventLoops(TransportKind kind, int count, Admission admission) {
        this.kind = kind;
        this.admission = admission;
        this.acceptor =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("weft-acceptor", true), kind.ioHandlers());
        this.workers = new WorkerLoops(count, kind.ioHandlers());
        this.loops = workers.loops();
        loops.forEach(loop -> {
            open.put(loop, new OpenChannels());
            buffers.put(loop, new LoopBuffers(loop));
        });
    }

    public TransportKind kind() {
        return kind;
    }

    /** The worker loops. */
    public List<EventLoop> loops() {
        return loops;
    }

    /** How many connections that were accepted each worker loop has, in the order of {@link #loops}. */
    public List<Integer> accepted() {
        return workers.accepted();
    }

    /** The loop that accepts; for servers that carry no requests. */
    public EventLoop acceptorLoop() {
        return acceptor.next();
    }

    /**
     * Listens; each accepted channel is given to {@code connections} on its own loop.
     *
     * @param bufferLimitBytes what may wait to be written before a channel is not writable
     * @param counted whether its connections count for the process's bound
     */
    public ChannelFuture listen(
            SocketAddress address, int bufferLimitBytes, boolean counted, Consumer<Channel> accepted) {
        return server(workers, bufferLimitBytes, counted, accepted).bind(address);
    }

    /** Listens on the acceptor's loop: for servers that carry no requests, and which the bound of connections does not shut out. */
    public ChannelFuture listenBeside(InetSocketAddress address, Consumer<Channel> accepted) {
        return server(acceptor, ReadBuffers.LARGE_BYTES * 4, false, accepted).bind(address);
    }

    private ServerBootstrap server(
            MultiThreadIoEventLoopGroup children, int bufferLimitBytes, boolean counted, Consumer<Channel> accepted) {
        return new ServerBootstrap()
                .group(acceptor, children)
                .channel(kind.serverChannel())
                .handler(admission.gate(counted))
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, readBuffers)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, watermark(bufferLimitBytes))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (closing) {
                            channel.close();
                            return;
                        }
                        track(channel);
                        channel.config().setAllocator(allocator(channel.eventLoop()));
                        accepted.accept(channel);
                    }
                });
    }

    /** The connections of a loop, accepted and made; on it alone. */
    OpenChannels open(EventLoop loop) {
        OpenChannels own = open.get(loop);
        if (own == null) {
            throw new IllegalArgumentException("no loop of these");
        }
        return own;
    }

    /** Asked by a loop before each read. Where it is so, the loop's connections let less wait for their peers from now on. */
    boolean isShortOfMemory() {
        if (PlatformDependent.usedDirectMemory() < BufferPressure.SHORT_ABOVE_BYTES) {
            return false;
        }
        for (EventLoop loop : loops) {
            if (loop.inEventLoop()) {
                open(loop).tighten();
            }
        }
        return true;
    }

    /** Whether buffers may be larger than they are likely to be needed. */
    boolean hasAmpleMemory() {
        return PlatformDependent.usedDirectMemory() < BufferPressure.AMPLE_BELOW_BYTES;
    }

    /** What a loop's connections take their buffers from. */
    private ByteBufAllocator allocator(EventLoop loop) {
        LoopBuffers own = buffers.get(loop);
        return own == null ? ByteBufAllocator.DEFAULT : own;
    }

    private void track(Channel channel) {
        OpenChannels own = open.get(channel.eventLoop());
        if (own != null) {
            own.add(channel);
        }
    }

    /** Connects on a loop. */
    public ChannelFuture connect(
            EventLoop loop,
            InetSocketAddress remote,
            long timeoutMillis,
            int bufferLimitBytes,
            ChannelHandler handler) {
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(kind.channel())
                .option(ChannelOption.ALLOCATOR, allocator(loop))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, timeoutMillis))
                .option(ChannelOption.RECVBUF_ALLOCATOR, readBuffers)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, watermark(bufferLimitBytes))
                .handler(handler)
                .connect(remote);
        if (connecting.cause() == null && connecting.channel().isRegistered()) {
            track(connecting.channel());
        }
        if (closing) {
            connecting.channel().close();
        }
        return connecting;
    }

    /** What is configured, but not more than a part of all memory for buffers: many connections may have to wait at once. */
    private static WriteBufferWaterMark watermark(int bufferLimitBytes) {
        long part = PlatformDependent.maxDirectMemory() / LEAST_WAITING_CONNECTIONS;
        int high = (int) Math.max(ReadBuffers.LARGE_BYTES, Math.min(bufferLimitBytes, part));
        return new WriteBufferWaterMark(high / 2, high);
    }

    /**
     * Closes all connections, then ends the loops; bounded by six seconds. What the end of a connection begins elsewhere, such as another try of its request, is
     * refused: nothing would close it any more.
     */
    @Override
    public void close() {
        closing = true;
        await(acceptor.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS));
        CountDownLatch closed = new CountDownLatch(loops.size());
        for (EventLoop loop : loops) {
            loop.execute(() -> open(loop).closeAll(loop).addListener(_ -> closed.countDown()));
        }
        try {
            closed.await(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        await(workers.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS));
    }

    private static void await(Future<?> ended) {
        if (!ended.awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("the event loops have not ended within {} s", CLOSE_SECONDS);
        }
    }
}
