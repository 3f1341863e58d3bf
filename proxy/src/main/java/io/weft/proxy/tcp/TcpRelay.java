package io.weft.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Timers.Timer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries bytes between two sides: back-pressure both ways, half-closes passed on, an idle timeout. On one loop; ends exactly once.
 */
public final class TcpRelay {
    /** The reason of an end for lack of bytes. */
    static final String IDLE = "idle timeout";

    /** What it does, and what became of it. */
    public interface Listener {
        /** So many bytes more were passed on in each direction. */
        void onMoved(long sentBytes, long receivedBytes);

        /**
         * @param sentBytes from the client to the endpoint
         * @param receivedBytes from the endpoint to the client
         */
        void onEnd(long sentBytes, long receivedBytes, String reason);
    }

    /** One of the two ends. */
    public enum Side {
        CLIENT,
        ENDPOINT;

        Side other() {
            return this == CLIENT ? ENDPOINT : CLIENT;
        }
    }

    /** So much leaves at once, while it is in the core's cache; less waits for what else the same turn of the loop reads. */
    private static final int FLUSH_BYTES = 256 * 1024;

    /** The bytes of one side on their way to the other. */
    private static final class Direction {
        private long bytes;
        private int unflushed;
        private boolean ended;
    }

    private final Loop loop;
    private final ByteSide client;
    private final ByteSide endpoint;
    private final long idleMillis;
    private final Listener listener;
    private final Timer idle;
    private final Direction sent = new Direction();
    private final Direction received = new Direction();
    private long lastNanos;
    private boolean over;

    /**
     * @param idleMillis without a byte in either direction; 0: none
     */
    public TcpRelay(Loop loop, ByteSide client, ByteSide endpoint, long idleMillis, Listener listener) {
        this.loop = loop;
        this.client = client;
        this.endpoint = endpoint;
        this.idleMillis = idleMillis;
        this.listener = listener;
        this.idle = new Timer(this::onIdle);
        this.lastNanos = loop.nowNanos();
        if (idleMillis > 0) {
            loop.timers().set(idle, TimeUnit.MILLISECONDS.toNanos(idleMillis));
        }
    }

    /** Bytes came from a side; the relay owns them. {@link #onPause} follows, perhaps after more of them. */
    public void onData(Side from, ByteBuf data) {
        if (over) {
            data.release();
            return;
        }
        lastNanos = loop.nowNanos();
        Direction direction = direction(from);
        direction.bytes += data.readableBytes();
        direction.unflushed += data.readableBytes();
        side(from.other()).send(data);
        if (direction.unflushed >= FLUSH_BYTES) {
            flush(from, direction);
        }
    }

    /** What a side sent so far is all that there is for now. */
    public void onPause(Side from) {
        Direction direction = direction(from);
        if (!over && direction.unflushed > 0) {
            flush(from, direction);
        }
    }

    /** Only what is left after a flush tells whether the target is slow: a read that is larger than what may wait goes through at once mostly. */
    private void flush(Side from, Direction direction) {
        if (direction == sent) {
            listener.onMoved(direction.unflushed, 0);
        } else {
            listener.onMoved(0, direction.unflushed);
        }
        direction.unflushed = 0;
        ByteSide target = side(from.other());
        target.flush();
        if (!target.isWritable()) {
            side(from).setReading(false);
        }
    }

    /** A side will send no more. */
    public void onEnd(Side from) {
        if (over) {
            return;
        }
        direction(from).ended = true;
        side(from.other()).end();
        if (!over && sent.ended && received.ended) {
            finish("both sides ended");
        }
    }

    /** A side is gone. */
    public void onClosed(Side from, @Nullable Throwable cause) {
        if (!over) {
            finish(
                    cause == null
                            ? (from == Side.CLIENT ? "the client closed" : "the endpoint closed")
                            : String.valueOf(cause.getMessage()));
        }
    }

    /** A side can take more, or no more, which {@link #flush} finds out. */
    public void onWritabilityChanged(Side of) {
        if (!over && side(of).isWritable()) {
            side(of.other()).setReading(true);
        }
    }

    private Direction direction(Side from) {
        return from == Side.CLIENT ? sent : received;
    }

    private ByteSide side(Side which) {
        return which == Side.CLIENT ? client : endpoint;
    }

    private void onIdle() {
        long quiet = TimeUnit.NANOSECONDS.toMillis(loop.nowNanos() - lastNanos);
        if (quiet >= idleMillis) {
            finish(IDLE);
        } else {
            loop.timers().set(idle, TimeUnit.MILLISECONDS.toNanos(idleMillis - quiet));
        }
    }

    private void finish(String reason) {
        over = true;
        listener.onMoved(sent.unflushed, received.unflushed);
        loop.timers().cancel(idle);
        client.close();
        endpoint.close();
        listener.onEnd(sent.bytes, received.bytes, reason);
    }
}
