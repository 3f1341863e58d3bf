package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;

/** Hears a response; called on the connection's event loop. */
public interface ResponseListener {
    /** 100 or 103; its headers last for the call. */
    void onInformational(ResponseHead head);

    /**
     * The final head. It may come before the request's end.
     *
     * @param head its headers last until the stream has ended on both sides ({@link Headers}); copy what is to stay
     * @param end there is neither body nor trailers
     */
    void onHead(ResponseHead head, boolean end);

    /** Part of the body; the listener owns {@code data}. */
    void onData(ByteBuf data, boolean end);

    /** The response ends with trailers. */
    void onTrailers(Headers trailers);

    /** The stream is gone before its time. */
    void onReset(StreamReset reset);

    /** {@link ClientStream#isWritable} changed. */
    void onWritabilityChanged();
}
