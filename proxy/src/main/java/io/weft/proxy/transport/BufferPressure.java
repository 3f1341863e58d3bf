package io.weft.proxy.transport;

import io.netty.channel.EventLoop;
import io.netty.util.internal.PlatformDependent;
import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the memory that buffers hold outside the heap. Each connection may have so much wait for its peer; peers that take nothing at all, many at
 * once, would take what the others need. So when memory gets short, less may wait on each ({@link OpenChannels#tighten}), reads get small, and
 * connections on which nothing moved for a while are cut, those that hold the most first; codecs are told ({@link #SHORT}) so that they do the same
 * to streams. So it goes where the clients of a loop hold more than half of the heap that is theirs. While memory is not short nobody is cut for being slow: that is what idle timeouts are for.
 */
public final class BufferPressure implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BufferPressure.class);

    /** Told to each pipeline at each look while memory is short. */
    public static final Object SHORT = new Object() {
        @Override
        public String toString() {
            return "BufferPressure.SHORT";
        }
    };

    private static final long LIMIT_BYTES = PlatformDependent.maxDirectMemory();

    /** Above this, memory is short. */
    static final long SHORT_ABOVE_BYTES = LIMIT_BYTES / 100 * 55;

    /** Below this, memory is ample. */
    static final long AMPLE_BELOW_BYTES = LIMIT_BYTES / 100 * 25;

    private static final long ENOUGH_BELOW_BYTES = LIMIT_BYTES / 100 * 45;
    private static final long ALARMING_ABOVE_BYTES = LIMIT_BYTES / 100 * 75;
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    /** Nothing moved for half a second. */
    private static final int PATIENT_LOOKS = 5;

    private final EventLoops sockets;
    private final List<Budget> requests;
    private final Scheduler scheduler;
    private final AtomicLong cut = new AtomicLong();
    private volatile boolean closed;
    private boolean wasShort;
    private final LogPace cutsTold = new LogPace();
    private long toldCut;

    /**
     * @param requests what the requests of each loop hold
     * @param scheduler of the control loop
     */
    public BufferPressure(EventLoops sockets, List<Budget> requests, Scheduler scheduler) {
        this.sockets = sockets;
        this.requests = List.copyOf(requests);
        this.scheduler = scheduler;
        lookLater();
    }

    /** Why a connection was cut. */
    public static final class StalledPeerException extends Exception {
        private static final long serialVersionUID = 1L;

        StalledPeerException(long waiting) {
            super(
                    "memory is short, and the peer took nothing of the " + waiting + " bytes that wait for it",
                    null,
                    false,
                    false);
        }
    }

    /** Connections that were cut. */
    public long cut() {
        return cut.get();
    }

    private void lookLater() {
        var _ = scheduler.schedule(LOOK_EVERY, () -> {
            if (!closed) {
                look();
                lookLater();
            }
        });
    }

    private void look() {
        long used = PlatformDependent.usedDirectMemory();
        if (used > SHORT_ABOVE_BYTES) {
            wasShort = true;
            int looks = used > ALARMING_ABOVE_BYTES ? 1 : PATIENT_LOOKS;
            long excess = (used - ENOUGH_BELOW_BYTES) / sockets.loops().size();
            sockets.loops().forEach(loop -> loop.execute(() -> relieve(loop, looks, excess)));
        } else if (wasShort && used < ENOUGH_BELOW_BYTES) {
            wasShort = false;
            sockets.loops()
                    .forEach(loop -> loop.execute(() -> sockets.open(loop).loosen()));
        }
        for (int i = 0; i < requests.size(); i++) {
            Budget budget = requests.get(i);
            if (budget.isShort()) {
                EventLoop loop = sockets.loops().get(i);
                int looks = budget.isAlarming() ? 1 : PATIENT_LOOKS;
                loop.execute(() -> relieveRequests(sockets.open(loop), looks));
            }
        }
        tell(used);
    }

    private void tell(long used) {
        long total = cut.get();
        if (total > toldCut && cutsTold.isTime()) {
            LOG.warn(
                    "memory is short ({} of {} MiB for buffers, {} of {} KiB for requests): cut {} connections whose peers take nothing",
                    used >> 20,
                    LIMIT_BYTES >> 20,
                    requests.stream().mapToLong(Budget::used).sum() >> 10,
                    requests.stream().mapToLong(Budget::bound).sum() >> 10,
                    total - toldCut);
            toldCut = total;
        }
    }

    private void relieve(EventLoop loop, int looks, long excess) {
        OpenChannels open = sockets.open(loop);
        open.tighten();
        long freed = 0;
        for (OpenChannels.Stalled each : open.look(looks)) {
            if (freed >= excess) {
                return;
            }
            freed += each.bytes();
            cut(each);
        }
        if (freed < excess) {
            tellCodecs(open);
        }
    }

    /** Whose peers take nothing gives back the memory of its requests, not only that of its buffers. */
    private void relieveRequests(OpenChannels open, int looks) {
        open.look(looks).forEach(this::cut);
        tellCodecs(open);
    }

    private static void tellCodecs(OpenChannels open) {
        open.all().forEach(channel -> channel.pipeline().fireUserEventTriggered(SHORT));
    }

    private void cut(OpenChannels.Stalled stalled) {
        cut.incrementAndGet();
        stalled.channel().pipeline().fireExceptionCaught(new StalledPeerException(stalled.bytes()));
        stalled.channel().close();
    }

    @Override
    public void close() {
        closed = true;
    }
}
