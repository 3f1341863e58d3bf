package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;

/** Hears the rest of a request; called on the connection's event loop. */
public interface RequestListener {
    /** Part of the body; the listener owns {@code data}. */
    void onData(ByteBuf data, boolean end);

    /** The request ends with trailers. */
    void onTrailers(Headers trailers);

    /** The stream is gone, before both sides ended; nothing may be sent any more. */
    void onReset(StreamReset reset);

    /** {@link ServerStream#isWritable} changed. */
    void onWritabilityChanged();
}
