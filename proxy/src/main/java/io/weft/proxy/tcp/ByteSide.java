package io.weft.proxy.tcp;

import io.netty.buffer.ByteBuf;

/** One end of a {@link TcpRelay}; on the relay's loop. */
public interface ByteSide {
    /** Takes ownership of {@code data}, which may wait for {@link #flush}. */
    void send(ByteBuf data);

    void flush();

    /** No more will be sent; the other direction may go on. */
    void end();

    /** Cuts both directions. */
    void close();

    boolean isWritable();

    void setReading(boolean reading);
}
