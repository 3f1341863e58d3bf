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

    /** What became of it. */
    public interface Listener {
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

    private final Loop loop;
    private final ByteSide client;
    private final ByteSide endpoint;
    private final long idleMillis;
    private final Listener listener;
    private final Timer idle;
    private long lastNanos;
    private long sentBytes;
    private long receivedBytes;
    private boolean clientEnded;
    private boolean endpointEnded;
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

    /** Bytes came from a side; the relay owns them. */
    public void onData(Side from, ByteBuf data) {
        if (over) {
            data.release();
            return;
        }
        lastNanos = loop.nowNanos();
        if (from == Side.CLIENT) {
            sentBytes += data.readableBytes();
        } else {
            receivedBytes += data.readableBytes();
        }
        ByteSide target = side(from.other());
        target.send(data);
        if (!target.isWritable()) {
            side(from).setReading(false);
        }
    }

    /** A side will send no more. */
    public void onEnd(Side from) {
        if (over) {
            return;
        }
        if (from == Side.CLIENT) {
            clientEnded = true;
        } else {
            endpointEnded = true;
        }
        side(from.other()).end();
        if (!over && clientEnded && endpointEnded) {
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

    /** A side can take more, or no more. */
    public void onWritabilityChanged(Side of) {
        if (!over) {
            side(of.other()).setReading(side(of).isWritable());
        }
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
        loop.timers().cancel(idle);
        client.close();
        endpoint.close();
        listener.onEnd(sentBytes, receivedBytes, reason);
    }
}
