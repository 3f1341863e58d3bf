package io.weft.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;

/** The connections of one loop, and what waits on each for its peer. Confined to the loop. */
final class OpenChannels {
    /** What may wait on a connection while memory is short. */
    private static final WriteBufferWaterMark TIGHT = new WriteBufferWaterMark(1024, 4 * 1024);

    private final IdentityHashMap<Channel, State> channels = new IdentityHashMap<>();
    private boolean tight;

    private static final class State {
        final WriteBufferWaterMark configured;
        long waiting;
        int looks;

        State(WriteBufferWaterMark configured) {
            this.configured = configured;
        }
    }

    /**
     * A connection on which nothing moves.
     *
     * @param bytes that wait for its peer
     */
    record Stalled(Channel channel, long bytes) {}

    void add(Channel channel) {
        channels.put(channel, new State(channel.config().getWriteBufferWaterMark()));
        channel.closeFuture().addListener(_ -> channels.remove(channel));
        if (tight) {
            channel.config().setWriteBufferWaterMark(TIGHT);
        }
    }

    /** From now on little waits on each; what waits already stays. */
    void tighten() {
        if (!tight) {
            tight = true;
            channels.keySet().forEach(channel -> channel.config().setWriteBufferWaterMark(TIGHT));
        }
    }

    /** Ends what {@link #tighten} began. */
    void loosen() {
        tight = false;
        channels.forEach((channel, state) -> {
            state.looks = 0;
            channel.config().setWriteBufferWaterMark(state.configured);
        });
    }

    List<Channel> all() {
        return List.copyOf(channels.keySet());
    }

    /** Closes all, whatever waits on them; done when each is closed. */
    Future<Void> closeAll(EventLoop loop) {
        PromiseCombiner closed = new PromiseCombiner(loop);
        for (Channel channel : all()) {
            channel.unsafe().close(channel.voidPromise());
            closed.add(channel.closeFuture());
        }
        Promise<Void> done = loop.newPromise();
        closed.finish(done);
        return done;
    }

    /**
     * Looks at each connection.
     *
     * @param looks how many looks in a row must have found that nothing moved
     * @return those, the largest first
     */
    List<Stalled> look(int looks) {
        List<Stalled> stalled = new ArrayList<>();
        channels.forEach((channel, state) -> {
            ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
            long waiting = out == null ? 0 : out.totalPendingWriteBytes();
            state.looks = waiting > 0 && waiting == state.waiting ? state.looks + 1 : 0;
            state.waiting = waiting;
            if (state.looks >= looks) {
                stalled.add(new Stalled(channel, waiting));
            }
        });
        stalled.sort(Comparator.comparingLong(Stalled::bytes).reversed());
        return stalled;
    }
}
