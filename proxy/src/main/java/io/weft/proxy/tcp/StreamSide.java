package io.weft.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A CONNECT as one end of a relay. What the client sends before the relay is there is kept: little, since the stream is not read meanwhile.
 */
public final class StreamSide implements ByteSide, RequestListener {
    private final ServerStream stream;
    private final Deque<ByteBuf> early = new ArrayDeque<>();
    private @Nullable TcpRelay relay;
    private boolean gone;
    private boolean endedEarly;
    private boolean ended;

    public StreamSide(ServerStream stream) {
        this.stream = stream;
    }

    /** From now on the stream's bytes go to the relay. */
    public void attach(TcpRelay newRelay) {
        relay = newRelay;
        if (gone) {
            newRelay.onClosed(TcpRelay.Side.CLIENT, null);
            return;
        }
        stream.setReading(true);
        for (ByteBuf data = early.poll(); data != null; data = early.poll()) {
            newRelay.onData(TcpRelay.Side.CLIENT, data);
        }
        newRelay.onPause(TcpRelay.Side.CLIENT);
        if (endedEarly) {
            newRelay.onEnd(TcpRelay.Side.CLIENT);
        }
    }

    /** There will be no relay: what waits for it is dropped. */
    public void discard() {
        gone = true;
        early.forEach(ByteBuf::release);
        early.clear();
    }

    public boolean isGone() {
        return gone;
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
        if (gone) {
            data.release();
            return;
        }
        if (relay == null) {
            early.add(data);
            endedEarly |= end;
            return;
        }
        if (data.isReadable()) {
            relay.onData(TcpRelay.Side.CLIENT, data);
            relay.onPause(TcpRelay.Side.CLIENT);
        } else {
            data.release();
        }
        if (end) {
            relay.onEnd(TcpRelay.Side.CLIENT);
        }
    }

    @Override
    public void onTrailers(Headers trailers) {
        if (relay != null) {
            relay.onEnd(TcpRelay.Side.CLIENT);
        } else {
            endedEarly = true;
        }
    }

    @Override
    public void onReset(StreamReset reset) {
        discard();
        if (relay != null) {
            relay.onClosed(TcpRelay.Side.CLIENT, null);
        }
    }

    @Override
    public void onWritabilityChanged() {
        if (relay != null) {
            relay.onWritabilityChanged(TcpRelay.Side.CLIENT);
        }
    }

    @Override
    public void send(ByteBuf data) {
        stream.sendData(data, false);
    }

    /** The codec writes what a turn of the loop brought. */
    @Override
    public void flush() {}

    @Override
    public void end() {
        if (!ended && !gone) {
            ended = true;
            stream.sendData(Unpooled.EMPTY_BUFFER, true);
        }
    }

    @Override
    public void close() {
        end();
    }

    @Override
    public boolean isWritable() {
        return stream.isWritable();
    }

    @Override
    public void setReading(boolean reading) {
        stream.setReading(reading);
    }
}
