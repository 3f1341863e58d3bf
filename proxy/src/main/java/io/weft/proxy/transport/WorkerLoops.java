package io.weft.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The loops that serve connections. Each that is accepted is given to the loop that has the fewest, and counts from then on: many are
 * accepted before the first of them has come to its loop.
 */
final class WorkerLoops extends MultiThreadIoEventLoopGroup {
    private final List<Counted> counted = new ArrayList<>();

    /** A loop, and how many of those that were accepted it has; written by the acceptor and by the loop. */
    private record Counted(EventLoop loop, AtomicInteger accepted) {}

    WorkerLoops(int count, IoHandlerFactory ioHandlers) {
        super(count, new DefaultThreadFactory("weft-loop", true), ioHandlers);
        forEach(executor -> counted.add(new Counted((EventLoop) executor, new AtomicInteger())));
    }

    List<EventLoop> loops() {
        return counted.stream().map(Counted::loop).toList();
    }

    /** In the order of the loops. */
    List<Integer> accepted() {
        return counted.stream().map(loop -> loop.accepted().get()).toList();
    }

    /** Called by the acceptor alone. */
    @Override
    public ChannelFuture register(Channel channel) {
        Counted chosen = leastLoaded();
        chosen.accepted().incrementAndGet();
        return chosen.loop().register(channel).addListener(registered -> {
            if (registered.isSuccess()) {
                channel.closeFuture().addListener(_ -> chosen.accepted().decrementAndGet());
            } else {
                chosen.accepted().decrementAndGet();
            }
        });
    }

    private Counted leastLoaded() {
        Counted least = counted.getFirst();
        for (Counted loop : counted) {
            if (loop.accepted().get() < least.accepted().get()) {
                least = loop;
            }
        }
        return least;
    }
}
